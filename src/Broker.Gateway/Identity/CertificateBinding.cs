using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using Microsoft.IdentityModel.Tokens;

namespace Broker.Gateway.Identity;

/// <summary>Tokens that are bound to a TLS client certificate (RFC 8705): stolen, they are of no use without its key.</summary>
internal static class CertificateBinding
{
    /// <summary>The claim that binds a token.</summary>
    public const string Claim = "cnf";

    /// <summary>Its member: the certificate's SHA-256, base64url.</summary>
    public const string Member = "x5t#S256";

    /// <summary>Reads the binding.</summary>
    /// <param name="claims">A token's claims.</param>
    /// <param name="thumbprint">The certificate's SHA-256, base64url; null where the token is not bound.</param>
    /// <returns>False where the token is bound to anything that cannot be checked here.</returns>
    public static bool TryRead(JsonElement claims, out string? thumbprint)
    {
        thumbprint = null;
        if (!claims.TryGetProperty(Claim, out var bound)) return true;
        if (bound.ValueKind != JsonValueKind.Object || bound.EnumerateObject().ToList() is not [{ Name: Member, Value: { ValueKind: JsonValueKind.String } value }]) return false;
        thumbprint = value.GetString();
        return DigestOf(thumbprint!) is not null;
    }

    /// <summary>Whether the connection has the certificate that the token is bound to, if it is.</summary>
    /// <param name="caller">Whom the token stands for.</param>
    /// <param name="certificate">The connection's client certificate: that its key is there was shown in the handshake.</param>
    public static bool Holds(VerifiedCaller caller, X509Certificate2? certificate)
    {
        if (caller.CertificateThumbprint is not { } thumbprint) return true;
        return certificate is not null
            && DigestOf(thumbprint) is { } expected
            && CryptographicOperations.FixedTimeEquals(SHA256.HashData(certificate.RawData), expected);
    }

    /// <summary>The thumbprint of a certificate as tokens name it.</summary>
    public static string ThumbprintOf(X509Certificate2 certificate) => Base64UrlEncoder.Encode(SHA256.HashData(certificate.RawData));

    private static byte[]? DigestOf(string thumbprint)
    {
        try
        {
            return Base64UrlEncoder.DecodeBytes(thumbprint) is { Length: SHA256.HashSizeInBytes } digest ? digest : null;
        }
        catch (FormatException)
        {
            // No base64url: bound to what no certificate is.
            return null;
        }
    }
}
