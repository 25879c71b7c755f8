using Broker.Gateway.Identity;
using Broker.Hosting.DataDirectories;
using Broker.Storage.Logs;
using Broker.Storage.Migrations;
using Broker.Storage.Objects;
using Broker.Storage.Postgres;
using Broker.Storage.Sqlite;

namespace Broker.Hosting.Clusters;

/// <summary>What a node of a cluster shares with the others, and its own scratch; opened: whatever cannot be used is found here, before anything listens.</summary>
internal sealed class ClusterStores : IAsyncDisposable
{
    private ClusterStores(DataDirectory directory, PostgresDatabase database, PostgresDatabase keysDatabase, ClusterObjects objects, EmbeddedIdentity? identity) =>
        (Directory, Database, KeysDatabase, Objects, Identity, Logs) = (directory, database, keysDatabase, objects, identity, new PostgresLogStore(database, new PostgresLogOptions()));

    /// <summary>The node's own scratch.</summary>
    public DataDirectory Directory { get; }

    /// <summary>Logs, membership, reminders, grain storage.</summary>
    public PostgresDatabase Database { get; }

    /// <summary>The logs.</summary>
    public PostgresLogStore Logs { get; }

    /// <summary>The users' keys.</summary>
    public PostgresDatabase KeysDatabase { get; }

    /// <summary>Segments, snapshots, marks.</summary>
    public ClusterObjects Objects { get; }

    /// <summary>The signing key that the cluster's nodes on this machine share; null where only external issuers are believed.</summary>
    public EmbeddedIdentity? Identity { get; }

    /// <exception cref="NodeStartException">Something cannot be used; the message says what to do.</exception>
    public static async Task<ClusterStores> OpenAsync(ClusterNodeOptions options, TimeProvider time, CancellationToken cancellationToken)
    {
        var directory = DataDirectory.Take(options.DataDirectory);
        PostgresDatabase? database = null;
        PostgresDatabase? keys = null;
        ClusterObjects? objects = null;
        try
        {
            var (settings, keySettings) = ClusterDatabases.Of(options);
            await PostgresChecks.CheckLogsAsync(settings, cancellationToken);
            await PostgresChecks.CheckKeysAsync(keySettings, cancellationToken);
            (await ClockSkew.MeasureAsync(settings, time, cancellationToken)).Check(TimeSpan.FromMilliseconds(options.SkewMillisecondsMax));
            var cluster = await ClusterIdentity.ClaimAsync(settings, options.ClusterId, options.ClusterId, Guid.CreateVersion7(time.GetUtcNow()), cancellationToken);
            await ClusterLease.AgreeAsync(settings, options.Leases.Lease, cancellationToken);
            objects = ClusterObjects.Open(options.Objects, options.S3, options.Cache, Path.Combine(directory.Path, "cache"));
            await ObjectStoreStart.CheckAsync(objects.Root, cancellationToken);
            await ObjectStoreStart.VerifyClaimAsync(objects.Root, cluster.InstanceId.ToString("N"), cancellationToken);
            database = PostgresDatabase.Open(settings);
            keys = PostgresDatabase.Open(keySettings);
            var isEmbedded = IdentityChoice.IsEmbeddedKeyUsed(options, ListenAddress.Parse(options.Listen, nameof(options.Listen)));
            var identity = isEmbedded ? EmbeddedIdentity.Open(options.IdentityDirectory ?? directory.IdentityDirectory, time) : null;
            return new ClusterStores(directory, database, keys, objects, identity);
        }
        catch (Exception failure)
        {
            objects?.Dispose();
            if (keys is not null) await keys.DisposeAsync();
            if (database is not null) await database.DisposeAsync();
            directory.Dispose();
            if (failure is StoreRefusedException or IdentityException or IOException or UnauthorizedAccessException) throw new NodeStartException(failure.Message, failure);
            throw;
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        Identity?.Dispose();
        Objects.Dispose();
        await Logs.DisposeAsync();
        await KeysDatabase.DisposeAsync();
        await Database.DisposeAsync();
        Directory.Dispose();
    }
}
