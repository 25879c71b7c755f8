using System.CommandLine;
using System.Globalization;
using Broker.Cli.Output;
using Broker.Client;
using Broker.Client.Files;
using Broker.Client.Pulls;
using Broker.Gateway.Parsing;
using Broker.Protos.V1;

namespace Broker.Cli.Commands;

/// <summary><c>broker pull</c>: a deal's records into files.</summary>
internal static class PullCommand
{
    private const int SliceRecordsMax = 65_536;

    public static Command Create(CliApp app)
    {
        var deal = Names.Deal();
        var directory = new Option<string>("--out") { Description = "The directory; made where there is none. One for each deal.", HelpName = "DIR", Required = true };
        var format = new Option<SliceFileFormat>("--format")
        {
            Description = "ndjson: one JSON object a line; arrow: Arrow IPC files.",
            HelpName = "ndjson|arrow",
            DefaultValueFactory = _ => SliceFileFormat.Ndjson,
        };
        var records = new Option<int>("--slice-records") { Description = $"Most records of a file: 1 to {SliceRecordsMax}. Default: the node chooses.", HelpName = "N" };
        records.Validators.Add(result =>
        {
            if (result.Tokens.Count > 0 && result.GetValueOrDefault<int>() is < 1 or > SliceRecordsMax) result.AddError($"--slice-records is 1 to {SliceRecordsMax}.");
        });
        var follow = new Option<bool>("--follow")
        {
            Description = "Stays when everything is here, and brings what becomes available, until Ctrl-C, the deal's end or a full limit. The contract must allow it.",
        };
        var compress = new Option<bool>("--compress") { Description = "Records come packed (zstd): for a slow net; on a fast one it is slower." };
        var filter = new PullFilterOptions();
        return app.Command(
            "pull",
            "Brings everything that a deal admits and that was not delivered yet, each record once. One file a slice, written whole or not at all. "
            + "Stopped or killed at any moment, the same command goes on where it was, and nothing is charged twice. Needs the deal's partner.",
            [deal, directory, format, records, follow, compress, .. filter.All],
            (context, cancellationToken) => PullAsync(
                context, context.Get(deal), context.Get(directory)!, context.Get(format), context.Get(compress),
                new() { SliceRecordsMax = context.Get(records), Follow = context.Get(follow), Filter = filter.Read(context, context.Get(deal)) }, cancellationToken));
    }

    private static async Task<ExitCode> PullAsync(
        CommandContext context, DealName deal, string directory, SliceFileFormat format, bool isCompressed, PullOptions options, CancellationToken cancellationToken)
    {
        var node = await context.ConnectAsPartnerOfAsync(deal, cancellationToken);
        await node.CallAsync(node.Deals.GetDealAsync, new GetDealRequest { Name = deal.ToString() }, cancellationToken); // before anything is made on disk
        node = await context.ConnectAsPartnerOfAsync(deal, cancellationToken, context.Host.Patience, isCompressed);
        using var sink = SliceDirectory.Open(directory, deal.ToString(), format);
        var result = await PullAsync(context, node, sink, options, cancellationToken);
        context.Results.Write(PullView.DocumentOf(sink, directory, result), console => PullView.Write(console, directory, sink.LostDirectory, result));
        return result.Reason switch
        {
            PullEndReason.QuotaExceeded => ExitCode.QuotaExhausted,
            PullEndReason.DealNotActive or PullEndReason.FollowNotAllowed => ExitCode.Refused,
            _ => ExitCode.Ok,
        };
    }

    private static async Task<PullResult> PullAsync(CommandContext context, BrokerConnection node, SliceDirectory sink, PullOptions options, CancellationToken cancellationToken)
    {
        PullProgress? last = null;
        var session = new PullSession(node, sink.Deal, sink, options);
        // To end a follow is no failure: it is told what came. Anything else that is cut off has not done what it was asked for.
        await using var stop = options.Follow ? cancellationToken.Register(session.Stop) : default;
        var end = options.Follow ? CancellationToken.None : cancellationToken;
        try
        {
            return await PullProgressView.RunAsync(
                context,
                progress => last = progress,
                progress => session.RunAsync(progress, end));
        }
        catch (OperationCanceledException stopped) when (cancellationToken.IsCancellationRequested)
        {
            throw new CliException(StoppedAfter(last), stopped);
        }
    }

    private static CliError StoppedAfter(PullProgress? last) => new(
        ExitCode.Cancelled,
        "CANCELLED",
        string.Create(CultureInfo.InvariantCulture, $"Stopped; {last?.Records ?? 0:N0} records in {last?.Slices ?? 0:N0} slices came and are kept."))
    {
        Advice = "Run the same command again: it goes on from there, and what was charged is not charged again.",
    };
}
