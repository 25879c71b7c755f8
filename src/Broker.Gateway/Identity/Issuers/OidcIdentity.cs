using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace Broker.Gateway.Identity.Issuers;

/// <summary>Believes the tokens of one external issuer: signed by a key that its discovery names, by an allowed algorithm, for this audience,
/// in their time, and no further than the issuer may speak.</summary>
public sealed class OidcIdentity : ITokenValidator, IDisposable
{
    /// <summary>Longest token, in characters: what says of whom, of which role, needs no more.</summary>
    public const int TokenLengthMax = 8_192;

    private readonly OidcOptions _options;
    private readonly ILogger _logger;
    private readonly IssuerDocuments _documents;
    private readonly IssuerKeys _keys;
    private readonly IssuerScope _scope;
    private readonly HashSet<string> _algorithms;
    private readonly TokenValidationParameters _parameters;
    private readonly JsonWebTokenHandler _handler = new() { MapInboundClaims = false };

    /// <summary>Reads nothing yet: the first token does.</summary>
    /// <param name="options">The issuer.</param>
    /// <param name="time">The clock.</param>
    /// <param name="logger">Learns what could not be read, and why tokens were refused (Debug).</param>
    /// <exception cref="ArgumentException">An option is out of its range. The message is for the operator.</exception>
    public OidcIdentity(OidcOptions options, TimeProvider time, ILogger<OidcIdentity> logger)
    {
        var checkedOptions = new OidcOptionsValidator().Validate(null, options);
        if (checkedOptions.Failed) throw new ArgumentException(checkedOptions.FailureMessage, nameof(options));
        (_options, _logger) = (options, logger);
        _documents = new IssuerDocuments(options.Timeout);
        _keys = new IssuerKeys(options, _documents, time, logger);
        _scope = new IssuerScope(options);
        _algorithms = options.Algorithms.Count > 0 ? [.. options.Algorithms] : [.. OidcAlgorithms.Default];
        _parameters = new TokenValidationParameters
        {
            ValidAlgorithms = _algorithms,
            ValidIssuer = options.Issuer,
            ValidAudience = options.Audience,
            RequireSignedTokens = true,
            RequireExpirationTime = true,
            LifetimeValidator = new TokenLifetime(time, options.ClockSkew).IsAlive,
            // No provider is kept in the process-wide cache: it would outlive a key that the issuer has withdrawn.
            CryptoProviderFactory = new CryptoProviderFactory { CacheSignatureProviders = false },
        };
    }

    /// <summary>The issuer, as in the tokens' <c>iss</c>.</summary>
    public string Issuer => _options.Issuer;

    /// <inheritdoc/>
    /// <exception cref="IssuerUnreachableException">The issuer's keys could not be read.</exception>
    public async ValueTask<VerifiedCaller?> ValidateAsync(string token)
    {
        if (token.Length > TokenLengthMax) return Refused("it is too long");
        if (UnverifiedToken.TryRead(token) is not { } read) return Refused("it is no token");
        if (WhatIsUnacceptable(read) is { } wrong) return Refused(wrong);
        var keys = await _keys.CurrentAsync();
        var digest = VerifiedTokens.DigestOf(token);
        if (keys.Verified.TryGet(digest, out var known)) return known;
        if (keys.Find(read.Kid) is not { Count: > 0 } candidates)
        {
            keys = await _keys.NewerAsync(keys);
            candidates = keys.Find(read.Kid);
        }

        if (candidates.Count == 0) return Refused("its key is none of the issuer's");
        if (await VerifyAsync(read, candidates, digest) is not { } caller) return null;
        keys.Verified.Remember(caller);
        return caller;
    }

    /// <inheritdoc/>
    public void Dispose() => _documents.Dispose();

    // Before anything is asked of the issuer: what could never hold must not make it read.
    private string? WhatIsUnacceptable(JsonWebToken token)
    {
        if (token.IsEncrypted || !_algorithms.Contains(token.Alg)) return "its algorithm is not allowed";
        if (string.IsNullOrEmpty(token.Kid)) return "it does not name its key";
        return token.TryGetHeaderValue<object>("crit", out _) ? "it demands what nobody here understands (crit)" : null;
    }

    private async Task<VerifiedCaller?> VerifyAsync(JsonWebToken token, IReadOnlyList<SecurityKey> keys, string digest)
    {
        var parameters = _parameters.Clone();
        parameters.IssuerSigningKeys = keys;
        var result = await _handler.ValidateTokenAsync(token, parameters);
        if (!result.IsValid) return Refused(result.Exception.GetType().Name);
        if (TokenClaims.Read(token, _options.Claims, digest) is not { } said) return Refused("its claims cannot be read");
        var caller = _scope.Confine(said);
        return (CallerRules.WhatIsWrong(caller) ?? _scope.WhatIsOutside(caller)) is { } outside ? Refused(outside) : caller;
    }

    private VerifiedCaller? Refused(string why)
    {
        OidcLog.TokenRefused(_logger, Issuer, why);
        return null;
    }
}
