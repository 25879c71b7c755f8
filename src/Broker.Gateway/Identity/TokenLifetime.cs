using Microsoft.IdentityModel.Tokens;

namespace Broker.Gateway.Identity;

/// <summary>Whether a token is in its time, by the node's clock.</summary>
/// <param name="time">The clock.</param>
/// <param name="skew">How far a token's times may lie on its wrong side.</param>
internal sealed class TokenLifetime(TimeProvider time, TimeSpan skew)
{
    /// <summary>A token without an end never is.</summary>
    public bool IsAlive(DateTime? notBefore, DateTime? expires, SecurityToken token, TokenValidationParameters parameters)
    {
        var now = time.GetUtcNow().UtcDateTime;
        return expires is { } end && now - end < skew && (notBefore is not { } start || start - now <= skew);
    }
}
