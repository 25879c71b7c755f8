using System.CommandLine;
using System.CommandLine.Parsing;
using Broker.Gateway.Parsing;

namespace Broker.Cli.Commands;

/// <summary>Arguments and options that name resources: in full, or as short as can be.</summary>
internal static class Names
{
    private const string IdFormat = "1 to 63 of a-z, 0-9 and -, neither first nor last a -";

    /// <summary>A platform's id: <c>x</c>, or <c>platforms/x</c>.</summary>
    public static Argument<string> Platform() => new("platform") { Description = "The platform: x, or platforms/x.", CustomParser = result => Id(result, "platforms/") };

    /// <summary>An option for a platform's id.</summary>
    public static Option<string?> PlatformOption(string description) => new("--platform") { Description = description, HelpName = "PLATFORM", CustomParser = result => Id(result, "platforms/") };

    /// <summary>A partner's id: <c>openai</c>, or <c>partners/openai</c>.</summary>
    public static Argument<string> Partner() => new("partner") { Description = "The partner: openai, or partners/openai.", CustomParser = result => Id(result, "partners/") };

    /// <summary>An option for a partner's id.</summary>
    public static Option<string?> PartnerOption(string description) => new("--partner") { Description = description, HelpName = "PARTNER", CustomParser = result => Id(result, "partners/") };

    /// <summary>A deal: <c>x/deal</c>, or <c>platforms/x/deals/deal</c>.</summary>
    public static Argument<DealName> Deal() => new("deal") { Description = "The deal: x/openai-2026, or platforms/x/deals/openai-2026.", CustomParser = Deal };

    /// <summary>A dataset: <c>x/posts</c>, or <c>platforms/x/datasets/posts</c>.</summary>
    public static Argument<DatasetName> Dataset() => new("dataset") { Description = "The dataset: x/posts, or platforms/x/datasets/posts.", CustomParser = Dataset };

    /// <summary>The platform's own id of a user, as it is: nothing is encoded.</summary>
    public static Argument<string> User() => new("user")
    {
        Description = "The platform's id of the user, as the platform writes it.",
        CustomParser = result => PlatformId(result, "user"),
    };

    /// <summary>The platform's own id of a record, as it is.</summary>
    public static Argument<string> Record() => new("record")
    {
        Description = "The platform's id of the record, as the platform writes it.",
        CustomParser = result => PlatformId(result, "record"),
    };

    private static string Id(ArgumentResult result, string prefix)
    {
        var text = result.Tokens[0].Value;
        var id = text.StartsWith(prefix, StringComparison.Ordinal) ? text[prefix.Length..] : text;
        if (!ResourceNames.IsId(id)) result.AddError($"{text} is no id: {IdFormat}.");
        return id;
    }

    private static DealName Deal(ArgumentResult result)
    {
        var text = result.Tokens[0].Value;
        if ((ResourceNames.ParseDeal(text) ?? ResourceNames.ParseDeal(InFull(text, "deals"))) is { } deal) return deal;
        result.AddError($"{text} names no deal: give platform/deal, each {IdFormat}.");
        return default;
    }

    private static DatasetName Dataset(ArgumentResult result)
    {
        var text = result.Tokens[0].Value;
        if ((ResourceNames.ParseDataset(text) ?? ResourceNames.ParseDataset(InFull(text, "datasets"))) is { } dataset) return dataset;
        result.AddError($"{text} names no dataset: give platform/dataset, each {IdFormat}.");
        return default;
    }

    private static string? InFull(string text, string collection) =>
        text.Split('/') is [var platform, var id] ? $"platforms/{platform}/{collection}/{id}" : null;

    private static string PlatformId(ArgumentResult result, string what)
    {
        var text = result.Tokens[0].Value;
        if (!ResourceNames.IsPlatformId(text)) result.AddError($"A {what}'s id has 1 to {ResourceNames.PlatformIdBytesMax} UTF-8 bytes.");
        return text;
    }
}
