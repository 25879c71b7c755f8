using System.CommandLine;
using Broker.Cli.Output;
using Broker.Hosting;
using Broker.Hosting.Clusters;
using Broker.Storage.Migrations;
using Broker.Storage.Objects;
using Broker.Storage.Postgres;

namespace Broker.Cli.Commands;

/// <summary><c>broker cluster migrate</c>: brings the databases to this release's schema.</summary>
internal static class MigrateCommand
{
    public static Command Create(CliApp app)
    {
        var config = new Option<FileInfo?>("--config") { Description = "The nodes' configuration, JSON; over it BROKER_DATABASE, BROKER_KEYSDATABASE and BROKER_OBJECTS.", HelpName = "FILE" };
        var isCreating = new Option<bool>("--create") { Description = "Create the databases where they are missing. Needs a user who may." };
        return app.Command(
            "migrate",
            "Brings the databases of logs and of users' keys to this release's schema. Again, it changes nothing; two at once wait for each other. "
            + "Nodes of the release before go on working, so migrate first and upgrade the nodes then, one by one.",
            [config, isCreating],
            async (context, cancellationToken) =>
            {
                var options = ClusterConfiguration.Read(context.Get(config)?.FullName, []);
                var (logs, keys) = ClusterDatabases.Of(options);
                if (options.Objects.Length == 0) throw new NodeStartException(ClusterNodeOptions.ObjectsMissing);
                if (context.Get(isCreating))
                {
                    await DatabaseCreation.CreateAsync(logs, cancellationToken);
                    await DatabaseCreation.CreateAsync(keys, cancellationToken);
                }

                var applied = new { Logs = await ClusterSchema.MigrateLogsAsync(logs, cancellationToken), Keys = await ClusterSchema.MigrateKeysAsync(keys, cancellationToken) };
                await ClaimAsync(options, logs, context.Time, cancellationToken);
                context.Results.Write(applied, console => Lines.Write(
                    console,
                    ("logs", Said(applied.Logs, ClusterSchema.LogsVersion)),
                    ("keys", Said(applied.Keys, ClusterSchema.KeysVersion))));
            });
    }

    // The store is claimed here, once: a node that finds another one, or none, is at the wrong place.
    private static async Task ClaimAsync(ClusterNodeOptions options, PostgresSettings logs, TimeProvider time, CancellationToken cancellationToken)
    {
        var cluster = await ClusterIdentity.ClaimAsync(logs, options.ClusterId, options.ClusterId, Guid.CreateVersion7(time.GetUtcNow()), cancellationToken);
        var cache = Directory.CreateTempSubdirectory("broker-migrate-");
        try
        {
            using var objects = ClusterObjects.Open(options.Objects, options.S3, options.Cache, cache.FullName);
            await ObjectStoreStart.CheckAsync(objects.Root, cancellationToken);
            await ObjectStoreStart.ClaimAsync(objects.Root, cluster.InstanceId.ToString("N"), cancellationToken);
        }
        finally
        {
            cache.Delete(recursive: true);
        }
    }

    private static string Said(IReadOnlyList<string> scripts, int version) =>
        scripts.Count == 0 ? $"at version {version} already" : $"now at version {version}: {string.Join(", ", scripts)}";
}
