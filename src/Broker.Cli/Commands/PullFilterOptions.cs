using System.CommandLine;
using Broker.Gateway.Parsing;
using Broker.Protos.V1;
using Google.Protobuf.WellKnownTypes;

namespace Broker.Cli.Commands;

/// <summary>The options that say what of a deal's scope a pull asks for.</summary>
internal sealed class PullFilterOptions
{
    private readonly Option<string[]> _datasets = new("--dataset")
    {
        Description = "Only these datasets: posts, or platforms/x/datasets/posts.",
        HelpName = "DATASET",
        AllowMultipleArgumentsPerToken = true,
    };

    private readonly Option<RecordKind[]> _kinds = WordOptions.List<RecordKind>("--kind", "Only these kinds.");

    private readonly Option<string[]> _languages = new("--language")
    {
        Description = "Only these languages: BCP 47 tags in lower case, like en or pt-br.",
        HelpName = "TAG",
        AllowMultipleArgumentsPerToken = true,
    };

    private readonly Option<DateTimeOffset?> _from = Times.Option("--created-from", "Only records created at this time or later.");

    private readonly Option<DateTimeOffset?> _before = Times.Option("--created-before", "Only records created before this time.");

    /// <summary>All of them, in the order of the help.</summary>
    public IEnumerable<Symbol> All => [_datasets, _kinds, _languages, _from, _before];

    /// <summary>The filter; null where none is given.</summary>
    public PullFilter? Read(CommandContext context, DealName deal)
    {
        var filter = new PullFilter
        {
            Datasets = { (context.Get(_datasets) ?? []).Select(name => name.Contains('/') ? name : ResourceNames.Dataset(deal.Platform, name)) },
            Kinds = { context.Get(_kinds) ?? [] },
            Languages = { context.Get(_languages) ?? [] },
            CreatedFrom = context.Get(_from) is { } from ? Timestamp.FromDateTimeOffset(from) : null,
            CreatedBefore = context.Get(_before) is { } before ? Timestamp.FromDateTimeOffset(before) : null,
        };
        return filter.Equals(new PullFilter()) ? null : filter;
    }
}
