using System.Collections.Immutable;

namespace Broker.Connectors;

/// <summary>What an export does not say about itself, and the bounds of reading it.</summary>
public sealed record ConnectorOptions
{
    /// <summary>The defaults: one site a dataset, limits that real exports keep.</summary>
    public static ConnectorOptions Default { get; } = new();

    /// <summary>The site's language, a BCP 47 tag. Null: Stack Exchange is taken as <c>en</c>, a WordPress export says it itself.
    /// Ignored for NDJSON, where each record says its own.</summary>
    public string? Language { get; init; }

    /// <summary>The site's own address, for the profile links that its licence asks for. Null: names only. Stack Exchange only.</summary>
    public Uri? SiteAddress { get; init; }

    /// <summary>Set only when one dataset holds several sites: ids of records and users become <c>{site}~{id}</c>, because
    /// both are unique within one site only. Lower-case letters, digits, dots and dashes, at most 63. Empty by default.
    /// Ignored for NDJSON, whose ids are the platform's own.</summary>
    public string Site { get; init; } = "";

    /// <summary>WordPress only: logins of accounts by their number, for exports whose authors carry no number.</summary>
    public ImmutableDictionary<long, string> AccountLogins { get; init; } = ImmutableDictionary<long, string>.Empty;

    /// <summary>Most characters of one value, as written in the file (an NDJSON line: bytes); a row with a longer one is
    /// refused and the file goes on.</summary>
    /// <value>Characters, 1,024 to 16,777,216. Default 1,048,576: a record stays below the 4 MB of a gRPC message.</value>
    public int ValueCharactersMax { get; init; } = 1_048_576;

    /// <summary>The largest user number of a <c>Users.xml</c>: bounds the index on disk to 8 bytes times this.</summary>
    /// <value>1 to 2,147,483,647. Default 100,000,000 (the largest site had 32 million), so at most 800 MB.</value>
    public int UserNumberMax { get; init; } = 100_000_000;

    /// <summary>Where the index of <c>Users.xml</c> lies while it is read. Default: the system's temporary directory.</summary>
    public string TemporaryDirectory { get; init; } = Path.GetTempPath();

    /// <summary>Throws a <see cref="ConnectorException"/> for a value out of its range.</summary>
    internal void Check()
    {
        Require(ValueCharactersMax is >= 1_024 and <= 16_777_216, "ValueCharactersMax", "1,024 to 16,777,216");
        Require(UserNumberMax >= 1, "UserNumberMax", "1 to 2,147,483,647");
        Require(SiteAddress is null or { IsAbsoluteUri: true, Scheme: "http" or "https" }, "SiteAddress", "an absolute http or https address");
        Require(Language is null || LanguageTag.Normalise(Language) is { Length: > 0 }, "Language", "a BCP 47 tag such as en or pt-br");
        Require(IsSite(Site), "Site", "lower-case letters, digits, dots and dashes, at most 63");
    }

    /// <summary>The id as it stands in the dataset.</summary>
    internal string Scoped(string id) => Site.Length == 0 ? id : $"{Site}~{id}";

    private static bool IsSite(string site) =>
        site.Length <= 63 && site.All(c => c is (>= 'a' and <= 'z') or (>= '0' and <= '9') or '.' or '-');

    private static void Require(bool holds, string option, string range)
    {
        if (!holds)
            throw new ConnectorException($"The connector option {option} is out of its range.", $"Give {range}.");
    }
}
