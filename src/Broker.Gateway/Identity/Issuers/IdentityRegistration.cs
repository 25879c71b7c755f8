namespace Broker.Gateway.Identity.Issuers;

/// <summary>Says whose tokens a gateway believes.</summary>
public static class IdentityRegistration
{
    /// <summary>Registers the <see cref="ITokenValidator"/> over the embedded key, external issuers, or both.</summary>
    /// <param name="services">Where to.</param>
    /// <param name="embedded">The embedded key, which its owner disposes of; null for none.</param>
    /// <param name="issuers">External issuers, checked: <see cref="OidcRules.WhatIsWrongAmong"/>.</param>
    public static IServiceCollection AddBrokerIdentity(this IServiceCollection services, EmbeddedIdentity? embedded, IReadOnlyList<OidcOptions> issuers) =>
        services.AddSingleton<ITokenValidator>(provider => new IssuerRouting(
            embedded,
            [.. issuers.Select(issuer => new OidcIdentity(issuer, provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<ILogger<OidcIdentity>>()))]));
}
