using System.CommandLine;
using Broker.Cli.Output;
using Broker.Grains.Partitions;
using Broker.Hosting;
using Broker.Hosting.Clusters;
using Broker.Storage.Migrations;

namespace Broker.Cli.Commands;

/// <summary><c>broker cluster lease</c>: the send lease that all nodes have, and how it is changed.</summary>
internal static class LeaseCommand
{
    public static Command Create(CliApp app)
    {
        var config = new Option<FileInfo?>("--config") { Description = "The nodes' configuration, JSON; over it BROKER_DATABASE.", HelpName = "FILE" };
        var changed = Durations.Option("--set", "Change it, to 1s to 30s. No silo may run; start all nodes with Leases.Lease as this then.");
        return app.Command(
            "lease",
            "Shows the send lease of the cluster: how long a gateway may send what was released, and so how long a withdrawal may wait. It is the first node's "
            + "that started; a node with another does not start.",
            [config, changed],
            async (context, cancellationToken) =>
            {
                var logs = ClusterDatabases.Of(ClusterConfiguration.Read(context.Get(config)?.FullName, [])).Logs;
                if (context.Get(changed) is { } lease)
                {
                    Check(lease);
                    await ClusterLease.SetAsync(logs, lease, cancellationToken);
                }

                var held = await ClusterLease.ReadAsync(logs, cancellationToken);
                context.Results.Write(new { LeaseMs = (long?)held?.TotalMilliseconds }, console => Lines.Write(console, ("send lease", held is { } now ? $"{now:c}" : "none yet: the first node's that starts")));
            });
    }

    private static void Check(TimeSpan lease)
    {
        var result = new SendLeaseOptionsValidator().Validate(null, new SendLeaseOptions { Lease = lease });
        if (result.Failed) throw new NodeStartException(result.FailureMessage);
    }
}
