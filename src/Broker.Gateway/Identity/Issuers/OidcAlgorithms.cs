using Microsoft.IdentityModel.Tokens;

namespace Broker.Gateway.Identity.Issuers;

/// <summary>The signatures that may be allowed: with a private key that the issuer alone has, never <c>none</c>, never a shared secret
/// (HS…), for which whoever knows the public key could sign.</summary>
/// <remarks>EdDSA is not among them: .NET 10 has no Ed25519 of its own.</remarks>
public static class OidcAlgorithms
{
    /// <summary>Every one that may be allowed.</summary>
    public static IReadOnlyList<string> All { get; } =
    [
        SecurityAlgorithms.RsaSha256, SecurityAlgorithms.RsaSha384, SecurityAlgorithms.RsaSha512,
        SecurityAlgorithms.RsaSsaPssSha256, SecurityAlgorithms.RsaSsaPssSha384, SecurityAlgorithms.RsaSsaPssSha512,
        SecurityAlgorithms.EcdsaSha256, SecurityAlgorithms.EcdsaSha384, SecurityAlgorithms.EcdsaSha512,
    ];

    /// <summary>Those that are where nothing is said: what issuers sign with unless they are told otherwise.</summary>
    public static IReadOnlyList<string> Default { get; } = [SecurityAlgorithms.RsaSha256, SecurityAlgorithms.EcdsaSha256];
}
