using Broker.Gateway.Parsing;

namespace Broker.Gateway.Identity.Issuers;

/// <summary>Which settings of issuers make sense.</summary>
public static class OidcRules
{
    /// <summary>Most issuers of a cluster.</summary>
    public const int IssuersMax = 32;

    /// <summary>What is wrong with the issuers, each and together, for a person; null when nothing is.</summary>
    public static string? WhatIsWrongAmong(IReadOnlyList<OidcOptions> issuers)
    {
        if (issuers.Count > IssuersMax) return $"Issuers has more than {IssuersMax} entries.";
        if (issuers.Select(WhatIsWrongAt).FirstOrDefault(wrong => wrong is not null) is { } first) return first;
        if (issuers.GroupBy(issuer => issuer.Issuer, StringComparer.Ordinal).FirstOrDefault(same => same.Count() > 1) is { } twice)
            return $"Issuers names {twice.Key} twice: one entry says all about an issuer.";
        var isAmbiguous = issuers.Count > 1 && (issuers.Any(issuer => issuer.SubjectPrefix.Length == 0) || issuers.DistinctBy(issuer => issuer.SubjectPrefix).Count() < issuers.Count);
        return isAmbiguous ? "Several issuers need a SubjectPrefix each, and each another one: else two people could have one name in the logs." : null;
    }

    /// <summary>What is wrong with one issuer's settings beyond ranges, for a person.</summary>
    internal static IEnumerable<string> WhatIsWrong(OidcOptions options)
    {
        if (!IsIssuer(options.Issuer)) yield return $"Issuer '{options.Issuer}' is no https URL without query and fragment. (On loopback it may be http.)";
        foreach (var algorithm in options.Algorithms.Except(OidcAlgorithms.All))
            yield return $"Algorithms names '{algorithm}', which is none of {string.Join(", ", OidcAlgorithms.All)}.";
        foreach (var role in options.Roles.Concat(options.CertificateRequiredRoles).Where(role => RoleNames.Parse(role) == Identity.Roles.None))
            yield return $"There is no role '{role}'; there are: {string.Join(", ", RoleNames.All)}.";
        foreach (var id in options.Platforms.Concat(options.Partners).Where(id => id != OidcOptions.Each && !ResourceNames.IsId(id)))
            yield return $"'{id}' is no id of a platform or partner.";
        if (ScopeFault(options) is { } fault) yield return fault;
        if (options.KeysAgeMax < options.RefreshInterval) yield return "KeysAgeMax is less than RefreshInterval: keys would be too old before they are read again.";
    }

    /// <summary>Whether a document may be fetched from there: encrypted, or never on a wire.</summary>
    internal static bool IsSafe(Uri address) => address.Scheme == Uri.UriSchemeHttps || (address.Scheme == Uri.UriSchemeHttp && address.IsLoopback);

    private static string? WhatIsWrongAt(OidcOptions options, int index) =>
        new OidcOptionsValidator().Validate(null, options) is { Failed: true, FailureMessage: var message } ? $"Issuers[{index}]: {message}" : null;

    private static bool IsIssuer(string issuer) =>
        Uri.TryCreate(issuer, UriKind.Absolute, out var address) && IsSafe(address) && address is { Query: "", Fragment: "", UserInfo: "" };

    private static string? ScopeFault(OidcOptions options)
    {
        if (options.Platforms.Count + options.Partners.Count == 0) return "An issuer speaks for somebody: name its Platforms or its Partners ('*' for each).";
        if (IsMixed(options.Platforms) || IsMixed(options.Partners)) return "Where '*' stands among Platforms or Partners, it stands alone.";
        var isConfined = options.Platforms.Count > 0 && !options.Platforms.Contains(OidcOptions.Each);
        return isConfined && options.Partners.Count > 0
            ? "An issuer that is confined to Platforms cannot speak for Partners: a partner's deals may lie with other platforms. Give partners an issuer, or an entry, of their own."
            : null;
    }

    private static bool IsMixed(IList<string> ids) => ids.Count > 1 && ids.Contains(OidcOptions.Each);
}
