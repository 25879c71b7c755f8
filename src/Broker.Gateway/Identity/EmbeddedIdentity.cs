using System.Security.Cryptography;
using Broker.Gateway.Identity.Issuers;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace Broker.Gateway.Identity;

/// <summary>The identity of an embedded node: mints tokens (ES256) with a key of its own, and verifies them.</summary>
/// <remarks>For development and for nodes on a loopback address. Whoever reads the key may be anybody; there is no revocation
/// before a token's expiry.</remarks>
public sealed class EmbeddedIdentity : ITokenValidator, IDisposable
{
    /// <summary>Issuer of its tokens.</summary>
    public const string Issuer = "broker-embedded";

    /// <summary>Audience of its tokens.</summary>
    public const string Audience = "broker";

    /// <summary>The longest life of a token.</summary>
    public static readonly TimeSpan LifetimeMax = TimeSpan.FromDays(30);

    /// <summary>How far a token's times may lie on the wrong side of this node's clock.</summary>
    public static readonly TimeSpan ClockSkew = TimeSpan.FromSeconds(30);

    private const int TokenLengthMax = 4_096;

    private static readonly OidcClaimOptions ClaimNames = new();

    private readonly ECDsa _key;
    private readonly TimeProvider _time;
    private readonly SigningCredentials _credentials;
    private readonly TokenValidationParameters _parameters;
    private readonly JsonWebTokenHandler _handler = new() { MapInboundClaims = false };
    private readonly VerifiedTokens _verified;

    private EmbeddedIdentity(ECDsa key, TimeProvider time)
    {
        (_key, _time, _verified) = (key, time, new VerifiedTokens(time, ClockSkew));
        // No provider is kept in the process-wide cache: it would outlive this key, and be found by the next identity of the same key.
        var providers = new CryptoProviderFactory { CacheSignatureProviders = false };
        var securityKey = new ECDsaSecurityKey(key) { KeyId = KeyIdOf(key), CryptoProviderFactory = providers };
        _credentials = new SigningCredentials(securityKey, SecurityAlgorithms.EcdsaSha256);
        _parameters = new TokenValidationParameters
        {
            ValidAlgorithms = [SecurityAlgorithms.EcdsaSha256],
            ValidIssuer = Issuer,
            ValidAudience = Audience,
            IssuerSigningKey = securityKey,
            RequireSignedTokens = true,
            RequireExpirationTime = true,
            LifetimeValidator = new TokenLifetime(time, ClockSkew).IsAlive,
        };
    }

    /// <summary>Opens the identity of a data directory; makes its key at the first start.</summary>
    /// <param name="directory">The <c>identity</c> folder of the data directory.</param>
    /// <param name="time">The clock.</param>
    /// <exception cref="IdentityException">The key cannot be used.</exception>
    public static EmbeddedIdentity Open(string directory, TimeProvider time) => new(SigningKeyFile.ReadOrCreate(directory), time);

    /// <summary>Opens the identity of a data directory that a node has used; makes nothing.</summary>
    /// <param name="directory">The <c>identity</c> folder of the data directory.</param>
    /// <param name="time">The clock.</param>
    /// <returns>Null where there is no key, or none that this user may see.</returns>
    /// <exception cref="IdentityException">The key cannot be used.</exception>
    public static EmbeddedIdentity? OpenExisting(string directory, TimeProvider time) =>
        File.Exists(Path.Combine(directory, SigningKeyFile.Name)) ? Open(directory, time) : null;

    /// <summary>Mints a token.</summary>
    /// <param name="caller">Whom it stands for; its digest and expiry do not count.</param>
    /// <param name="lifetime">1 s to <see cref="LifetimeMax"/>.</param>
    /// <exception cref="ArgumentException">No subject, no role, a role without its tenant, or a lifetime out of range. The message is for the person who asked.</exception>
    public string Mint(VerifiedCaller caller, TimeSpan lifetime)
    {
        if (lifetime < TimeSpan.FromSeconds(1) || lifetime > LifetimeMax)
            throw new ArgumentException($"A token lives 1 s to {LifetimeMax.TotalDays} days.", nameof(lifetime));
        if (CallerRules.WhatIsWrong(caller) is { } wrong) throw new ArgumentException(wrong, nameof(caller));
        var now = _time.GetUtcNow();
        return _handler.CreateToken(new SecurityTokenDescriptor
        {
            Issuer = Issuer,
            Audience = Audience,
            IssuedAt = now.UtcDateTime,
            NotBefore = now.UtcDateTime,
            Expires = (now + lifetime).UtcDateTime,
            Claims = ClaimsOf(caller),
            SigningCredentials = _credentials,
        });
    }

    /// <inheritdoc/>
    public async ValueTask<VerifiedCaller?> ValidateAsync(string token)
    {
        if (token.Length > TokenLengthMax) return null;
        var digest = VerifiedTokens.DigestOf(token);
        if (_verified.TryGet(digest, out var known)) return known;
        var result = await _handler.ValidateTokenAsync(token, _parameters);
        if (!result.IsValid || TokenClaims.Read((JsonWebToken)result.SecurityToken, ClaimNames, digest) is not { } caller) return null;
        if (CallerRules.WhatIsWrong(caller) is not null) return null;
        _verified.Remember(caller);
        return caller;
    }

    /// <inheritdoc/>
    public void Dispose() => _key.Dispose();

    private static Dictionary<string, object> ClaimsOf(VerifiedCaller caller)
    {
        var claims = new Dictionary<string, object> { ["sub"] = caller.Subject, ["roles"] = RoleNames.Of(caller.Roles).ToArray() };
        if (caller.Platform is { } platform) claims["platform"] = platform;
        if (caller.Partner is { } partner) claims["partner"] = partner;
        if (caller.User is { } user) claims["user"] = user;
        if (caller.CertificateThumbprint is { } thumbprint) claims[CertificateBinding.Claim] = new Dictionary<string, object> { [CertificateBinding.Member] = thumbprint };
        return claims;
    }

    private static string KeyIdOf(ECDsa key) => Base64UrlEncoder.Encode(SHA256.HashData(key.ExportSubjectPublicKeyInfo()));
}
