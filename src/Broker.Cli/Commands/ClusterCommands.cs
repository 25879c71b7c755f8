using System.CommandLine;
using Broker.Cli.Calls;
using Broker.Cli.Output;
using Broker.Protos.V1;
using Spectre.Console;
using Silo = Broker.Protos.V1.Silo;

namespace Broker.Cli.Commands;

/// <summary><c>broker cluster</c>: the nodes, their database and their logs.</summary>
internal static class ClusterCommands
{
    private static readonly ResultTable<Silo> Silos = new ResultTable<Silo>()
        .Text("silo", silo => silo.Address)
        .Text("name", silo => silo.Name)
        .Text("state", silo => Words.Of(silo.State))
        .Text("started", silo => Amount.Of(silo.StartTime))
        .Text("alive at", silo => Amount.Of(silo.AliveTime))
        .Number("logs", silo => Amount.Of(silo.ActiveLogCount));

    private static readonly ResultTable<LogStatus> Logs = new ResultTable<LogStatus>()
        .Text("log", log => log.Name)
        .Number("fence", log => Amount.Of(log.Fence))
        .Number("entries", log => Amount.Of(log.LastPosition))
        .Number("marked", log => log.MarkUnreadable ? "(unreadable)" : Amount.Of(log.MarkPosition))
        .Text("last entry", log => log.LastDecideTime is { } at ? Amount.Of(at) : "")
        .Text("on", log => log.Silo.Length == 0 ? "(not active)" : log.Silo);

    public static Command Create(CliApp app)
    {
        var group = new Command("cluster", "The nodes of a cluster, their database and their logs.");
        group.Add(MigrateCommand.Create(app));
        group.Add(Status(app));
        group.Add(ReconcileCommand.Create(app));
        group.Add(LeaseCommand.Create(app));
        return group;
    }

    private static Command Status(CliApp app) => app.Command(
        "status", "Shows the silos, and where each log stands. Needs an operator or an auditor.", [], async (context, cancellationToken) =>
        {
            var node = context.Connect(Access.Operator);
            var status = new GetClusterStatusResponse();
            do
            {
                var request = new GetClusterStatusRequest { PageToken = status.NextPageToken };
                var page = await node.CallAsync(node.Clusters.GetClusterStatusAsync, request, cancellationToken);
                status.Silos.Clear();
                status.MergeFrom(page);
                status.NextPageToken = page.NextPageToken;
            }
            while (status.NextPageToken.Length > 0);
            context.Results.Write(status, console => Write(console, status));
        });

    private static void Write(IAnsiConsole console, GetClusterStatusResponse status)
    {
        console.Write(Silos.Of([.. status.Silos], "No silo."));
        console.Write(Logs.Of([.. status.Logs], "No log yet."));
    }
}
