namespace Broker.Gateway.Identity.Issuers;

/// <summary>Gives each token to the one that may believe it, by the issuer that it claims; who that is not, refuses it.</summary>
/// <param name="embedded">The embedded key; null where the node has none.</param>
/// <param name="issuers">External issuers; disposed with this.</param>
internal sealed class IssuerRouting(EmbeddedIdentity? embedded, IReadOnlyList<OidcIdentity> issuers) : ITokenValidator, IDisposable
{
    private readonly Dictionary<string, ITokenValidator> _validators = ByIssuer(embedded, issuers);

    public ValueTask<VerifiedCaller?> ValidateAsync(string token) =>
        token.Length <= OidcIdentity.TokenLengthMax && UnverifiedToken.TryRead(token) is { Issuer: { } issuer } && _validators.TryGetValue(issuer, out var validator)
            ? validator.ValidateAsync(token)
            : ValueTask.FromResult<VerifiedCaller?>(null);

    public void Dispose()
    {
        foreach (var issuer in issuers) issuer.Dispose();
    }

    private static Dictionary<string, ITokenValidator> ByIssuer(EmbeddedIdentity? embedded, IReadOnlyList<OidcIdentity> issuers)
    {
        var all = issuers.ToDictionary(issuer => issuer.Issuer, ITokenValidator (issuer) => issuer, StringComparer.Ordinal);
        if (embedded is not null) all.Add(EmbeddedIdentity.Issuer, embedded);
        return all;
    }
}
