namespace Broker.Gateway.Identity.Issuers;

/// <summary>How far an issuer is believed. Pure.</summary>
/// <param name="options">The issuer's settings, checked.</param>
internal sealed class IssuerScope(OidcOptions options)
{
    private const Roles Unconfined = Roles.Operator | Roles.Auditor;

    private readonly Roles _roles = options.Roles.Count == 0 ? Roles.All & ~Unconfined : RolesOf(options.Roles);
    private readonly Roles _bound = RolesOf(options.CertificateRequiredRoles);
    private readonly HashSet<string> _platforms = new(options.Platforms, StringComparer.Ordinal);
    private readonly HashSet<string> _partners = new(options.Partners, StringComparer.Ordinal);

    private bool IsOfEachPlatform => _platforms.Contains(OidcOptions.Each);

    /// <summary>The caller with the roles that the issuer may give, and under its prefix.</summary>
    public VerifiedCaller Confine(VerifiedCaller caller) => caller with
    {
        Roles = caller.Roles & _roles,
        Subject = options.SubjectPrefix.Length == 0 || caller.Subject.Length == 0 ? caller.Subject : $"{options.SubjectPrefix}:{caller.Subject}",
    };

    /// <summary>Why the issuer is not believed when it says this, for the node's log; null where it is.</summary>
    public string? WhatIsOutside(VerifiedCaller caller)
    {
        if (caller.Platform is { } platform && !IsOfEachPlatform && !_platforms.Contains(platform)) return "the issuer may not speak for the token's platform";
        if (caller.Partner is { } partner && !_partners.Contains(OidcOptions.Each) && !_partners.Contains(partner)) return "the issuer may not speak for the token's partner";
        if (caller.Platform is null && (caller.Roles & Unconfined) != 0 && !IsOfEachPlatform) return "the issuer may not speak for every platform";
        return (caller.Roles & _bound) != 0 && caller.CertificateThumbprint is null ? "the token is bound to no certificate, which its role needs" : null;
    }

    private static Roles RolesOf(IEnumerable<string> names) => names.Aggregate(Roles.None, (all, name) => all | RoleNames.Parse(name));
}
