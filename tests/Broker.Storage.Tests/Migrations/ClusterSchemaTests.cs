using Broker.Storage.Migrations;
using Broker.Storage.Postgres;
using Broker.Storage.Sqlite;
using Broker.TestKit.Postgres;
using Npgsql;

namespace Broker.Storage.Tests.Migrations;

public sealed class ClusterSchemaTests : IAsyncLifetime
{
    private static readonly CancellationToken None = CancellationToken.None;

    private string _connection = "";

    private PostgresSettings Settings => PostgresServer.Patient(_connection);

    public async Task InitializeAsync()
    {
        Skip.If(PostgresBinaries.Directory is null, PostgresBinaries.Missing);
        _connection = await (await PostgresServer.SharedAsync()).CreateDatabaseAsync();
    }

    public Task DisposeAsync() => Task.CompletedTask;

    [SkippableFact]
    public async Task An_empty_database_is_brought_to_this_releases_schema_once()
    {
        Assert.Equal((0, 0), (await ClusterSchema.LogsVersionOfAsync(Settings, None), await ClusterSchema.KeysVersionOfAsync(Settings, None)));

        Assert.Equal(ClusterSchema.LogsVersion, (await ClusterSchema.MigrateLogsAsync(Settings, None)).Count);
        Assert.Equal(ClusterSchema.KeysVersion, (await ClusterSchema.MigrateKeysAsync(Settings, None)).Count);

        Assert.Equal((ClusterSchema.LogsVersion, ClusterSchema.KeysVersion), (await ClusterSchema.LogsVersionOfAsync(Settings, None), await ClusterSchema.KeysVersionOfAsync(Settings, None)));
        await PostgresChecks.CheckLogsAsync(Settings, None);
        await PostgresChecks.CheckKeysAsync(Settings, None);
        Assert.Empty(await ClusterSchema.MigrateLogsAsync(Settings, None));
        Assert.Empty(await ClusterSchema.MigrateKeysAsync(Settings, None));
    }

    [SkippableFact]
    public async Task Of_migrators_that_run_at_once_one_does_the_work_and_the_others_find_it_done()
    {
        var applied = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => ClusterSchema.MigrateLogsAsync(Settings, None)));

        Assert.Equal(5, applied.Count(scripts => scripts.Count == 0));
        Assert.Single(applied, scripts => scripts.Count == ClusterSchema.LogsVersion);
        await PostgresChecks.CheckLogsAsync(Settings, None);
    }

    [SkippableFact]
    public async Task A_database_without_the_schema_or_with_an_older_one_is_refused_with_what_to_run()
    {
        Assert.Contains("no schema for Broker's logs. Run `broker cluster migrate`", (await RefusalAsync(() => PostgresChecks.CheckLogsAsync(Settings, None))).Message, StringComparison.Ordinal);
        Assert.Contains("no schema for Broker's keys. Run `broker cluster migrate`", (await RefusalAsync(() => PostgresChecks.CheckKeysAsync(Settings, None))).Message, StringComparison.Ordinal);
        await ClusterSchema.MigrateLogsAsync(Settings, None);
        await PostgresServer.ExecuteAsync(_connection, "DELETE FROM broker_logs_schema WHERE scriptname >= '0003'");

        Assert.Contains("older schema (version 2; ", (await RefusalAsync(() => PostgresChecks.CheckLogsAsync(Settings, None))).Message, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task A_newer_schema_is_refused_by_node_and_migrator_and_left_as_it_is()
    {
        await ClusterSchema.MigrateLogsAsync(Settings, None);
        await PostgresServer.ExecuteAsync(_connection, "INSERT INTO broker_logs_schema (scriptname, applied) VALUES ('0099-of-a-later-release.sql', now())");

        Assert.Contains("newer schema (version 99; ", (await RefusalAsync(() => PostgresChecks.CheckLogsAsync(Settings, None))).Message, StringComparison.Ordinal);
        Assert.Contains("Upgrade this node", (await RefusalAsync(() => ClusterSchema.MigrateLogsAsync(Settings, None))).Message, StringComparison.Ordinal);
        Assert.Equal(99, await ClusterSchema.LogsVersionOfAsync(Settings, None));
    }

    [SkippableFact]
    public async Task A_migration_that_fails_leaves_nothing_behind_and_runs_when_its_cause_is_gone()
    {
        await PostgresServer.ExecuteAsync(_connection, "CREATE TABLE orleansstorage (ours boolean)");

        Assert.Contains("0005-orleans-grain-storage.sql", (await RefusalAsync(() => ClusterSchema.MigrateLogsAsync(Settings, None))).Message, StringComparison.Ordinal);
        Assert.Equal(0, await ClusterSchema.LogsVersionOfAsync(Settings, None));

        await PostgresServer.ExecuteAsync(_connection, "DROP TABLE orleansstorage");
        Assert.Equal(ClusterSchema.LogsVersion, (await ClusterSchema.MigrateLogsAsync(Settings, None)).Count);
    }

    [SkippableFact]
    public async Task The_first_node_claims_the_database_for_its_cluster_and_others_of_the_cluster_get_the_same_instance()
    {
        await ClusterSchema.MigrateLogsAsync(Settings, None);

        var claims = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => ClusterIdentity.ClaimAsync(Settings, "prod", "broker", Guid.NewGuid(), None)));

        Assert.Single(claims.Distinct());
        claims[0].CheckObjectStore(claims[7].InstanceId);
        Assert.Contains("belongs to another cluster", Assert.Throws<StoreRefusedException>(() => claims[0].CheckObjectStore(Guid.NewGuid())).Message, StringComparison.Ordinal);
        foreach (var (cluster, service) in new[] { ("test", "broker"), ("prod", "other") })
            Assert.Contains("belongs to cluster 'prod'", (await RefusalAsync(() => ClusterIdentity.ClaimAsync(Settings, cluster, service, Guid.NewGuid(), None))).Message, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task A_node_of_two_releases_ago_or_of_a_release_that_has_not_migrated_is_refused()
    {
        await ClusterSchema.MigrateLogsAsync(Settings, None);
        await ClaimAsync();

        await SetReleasesAsync(ClusterRelease.This, ClusterRelease.This + 1);
        await ClaimAsync();
        await SetReleasesAsync(ClusterRelease.This + 1, ClusterRelease.This + 2);
        Assert.Contains("Upgrade this node", (await RefusalAsync(ClaimAsync)).Message, StringComparison.Ordinal);
        await ClusterSchema.MigrateLogsAsync(Settings, None); // an older migrator opens nothing for its nodes
        await RefusalAsync(ClaimAsync);
        await SetReleasesAsync(ClusterRelease.This - 1, ClusterRelease.This - 1);
        Assert.Contains("Run `broker cluster migrate`", (await RefusalAsync(ClaimAsync)).Message, StringComparison.Ordinal);
        await ClusterSchema.MigrateLogsAsync(Settings, None);
        await ClaimAsync();
    }

    private static Task<StoreRefusedException> RefusalAsync(Func<Task> what) => Assert.ThrowsAsync<StoreRefusedException>(what);

    private Task ClaimAsync() => ClusterIdentity.ClaimAsync(Settings, "prod", "broker", Guid.NewGuid(), None);

    private async Task SetReleasesAsync(int previous, int current)
    {
        await using var source = NpgsqlDataSource.Create(_connection + ";Pooling=false");
        await using var command = source.CreateCommand("UPDATE broker_cluster SET previous_release = $1, this_release = $2");
        command.Parameters.Add(new() { Value = previous });
        command.Parameters.Add(new() { Value = current });
        await command.ExecuteNonQueryAsync();
    }
}
