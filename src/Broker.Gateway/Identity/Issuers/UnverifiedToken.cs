using Microsoft.IdentityModel.JsonWebTokens;

namespace Broker.Gateway.Identity.Issuers;

/// <summary>Reads a token that nobody has verified: to find out who could, never to believe it.</summary>
internal static class UnverifiedToken
{
    /// <summary>The token; null where it is none.</summary>
    public static JsonWebToken? TryRead(string token)
    {
        try
        {
            return new JsonWebToken(token);
        }
        catch (ArgumentException)
        {
            // No token: whoever sent it is told that theirs does not hold.
            return null;
        }
    }
}
