using System.CommandLine;
using Broker.Cli.Calls;
using Broker.Cli.Output;
using Broker.Client;
using Broker.Protos.V1;

namespace Broker.Cli.Commands;

/// <summary><c>broker cluster reconcile</c>: after a restore, the word that what the logs lack has been set right.</summary>
internal static class ReconcileCommand
{
    private static readonly ResultTable<HeldLog> Held = new ResultTable<HeldLog>()
        .Text("log", held => held.Log)
        .Text("amiss", held => Words.Of(held.Gap.Kind))
        .Number("acknowledged", held => Amount.Of(held.Gap.ExpectedPosition))
        .Number("found", held => Amount.Of(held.Gap.FoundPosition))
        .Text("now", held => held.IsReconciled ? "reconciled" : "held");

    public static Command Create(CliApp app)
    {
        var logs = new Argument<string[]>("log")
        {
            Description = "Logs, as `broker cluster status` names them; all where none is named.",
            Arity = ArgumentArity.ZeroOrMore,
            DefaultValueFactory = static _ => [],
        };
        var isSure = new Option<bool>("--yes") { Description = "End the hold: what the logs lack has been set right. Without it, only shows what is held." };
        return app.Command(
            "reconcile",
            "Shows the logs that were restored from a backup and are held: they reserve and release nothing. Announce the platform's current policy, import its "
            + "current consents and removals, suspend again the deals that were suspended; then say so with --yes. A log whose high-water mark cannot be read is held until it can be: --yes does not end that. Needs an operator.",
            [logs, isSure],
            async (context, cancellationToken) =>
            {
                var node = context.Connect(Access.Operator);
                var names = context.Get(logs) is { Length: > 0 } named ? [.. named] : await LogsAsync(node, cancellationToken);
                var found = new List<HeldLog>();
                foreach (var name in names)
                {
                    var request = new ReconcileLogRequest { Name = name, ValidateOnly = !context.Get(isSure) };
                    if ((await node.CallAsync(node.Clusters.ReconcileLogAsync, request, cancellationToken)).Gap is { } gap)
                        found.Add(new HeldLog(name, gap, context.Get(isSure) && gap.Kind != LogGapKind.MarkUnreadable));
                }

                context.Results.Write(new { Logs = found }, console => console.Write(Held.Of(found, "No log is held.")));
                return context.Get(isSure) && found.Exists(held => !held.IsReconciled) ? ExitCode.Unavailable : ExitCode.Ok;
            });
    }

    private static async Task<List<string>> LogsAsync(BrokerConnection node, CancellationToken cancellationToken)
    {
        var names = new List<string>();
        var request = new GetClusterStatusRequest();
        do
        {
            var page = await node.CallAsync(node.Clusters.GetClusterStatusAsync, request, cancellationToken);
            names.AddRange(page.Logs.Select(log => log.Name));
            request = new GetClusterStatusRequest { PageToken = page.NextPageToken };
        }
        while (request.PageToken.Length > 0);
        return names;
    }

    private sealed record HeldLog(string Log, LogGap Gap, bool IsReconciled);
}
