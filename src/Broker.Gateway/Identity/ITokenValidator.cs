namespace Broker.Gateway.Identity;

/// <summary>Says who a bearer token stands for.</summary>
public interface ITokenValidator
{
    /// <summary>The caller, or null where the token does not hold (forged, expired, for somebody else).</summary>
    ValueTask<VerifiedCaller?> ValidateAsync(string token);
}
