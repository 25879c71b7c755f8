using Broker.Storage.Migrations;
using Broker.Storage.Postgres;
using Broker.Storage.Sqlite;
using Broker.TestKit.Postgres;

namespace Broker.Storage.Tests.Migrations;

public sealed class ClusterLeaseTests : IAsyncLifetime
{
    private static readonly CancellationToken None = CancellationToken.None;
    private static readonly TimeSpan Two = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Five = TimeSpan.FromSeconds(5);

    private string _connection = "";

    private PostgresSettings Settings => PostgresServer.Patient(_connection);

    public async Task InitializeAsync()
    {
        Skip.If(PostgresBinaries.Directory is null, PostgresBinaries.Missing);
        _connection = await (await PostgresServer.SharedAsync()).CreateMigratedDatabaseAsync();
    }

    public Task DisposeAsync() => Task.CompletedTask;

    [SkippableFact]
    public async Task The_first_nodes_lease_is_the_clusters_and_another_is_refused_with_what_to_do()
    {
        Assert.Null(await ClusterLease.ReadAsync(Settings, None));
        await ClusterLease.AgreeAsync(Settings, Two, None);
        await ClusterLease.AgreeAsync(Settings, Two, None);

        var refusal = await Assert.ThrowsAsync<StoreRefusedException>(() => ClusterLease.AgreeAsync(Settings, Five, None));

        Assert.Contains("is 00:00:02, and this node's (Leases.Lease) is 00:00:05", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("broker cluster lease --set", refusal.Message, StringComparison.Ordinal);
        Assert.Equal(Two, await ClusterLease.ReadAsync(Settings, None));
    }

    [SkippableFact]
    public async Task Of_nodes_that_start_at_once_with_several_leases_only_those_of_one_start()
    {
        var leases = Enumerable.Range(0, 12).Select(number => TimeSpan.FromSeconds(1 + (number % 3))).ToList();
        var refusals = await Task.WhenAll(leases.Select(lease => Record.ExceptionAsync(() => ClusterLease.AgreeAsync(Settings, lease, None))));

        var held = await ClusterLease.ReadAsync(Settings, None);
        Assert.Equal(leases.Select(lease => lease == held), refusals.Select(refusal => refusal is null));
        Assert.All(refusals.OfType<Exception>(), refusal => Assert.IsType<StoreRefusedException>(refusal));
    }

    [SkippableTheory]
    [InlineData(1)] // created
    [InlineData(2)] // joining
    [InlineData(3)] // active
    [InlineData(5)] // stopping
    public async Task It_is_not_changed_while_a_silo_may_run(int status)
    {
        await ClusterLease.AgreeAsync(Settings, Two, None);
        await AddSiloAsync("dead", 1, status: 6);
        await AddSiloAsync("living", 2, status);

        var refusal = await Assert.ThrowsAsync<StoreRefusedException>(() => ClusterLease.SetAsync(Settings, Five, None));

        Assert.Contains("living (10.0.0.1:2) may be running", refusal.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("dead (", refusal.Message, StringComparison.Ordinal);
        await ClusterLease.AgreeAsync(Settings, Two, None);
    }

    [SkippableFact]
    public async Task It_is_changed_when_all_silos_are_dead()
    {
        await ClusterLease.AgreeAsync(Settings, Two, None);
        await AddSiloAsync("dead", 1, status: 6);

        await ClusterLease.SetAsync(Settings, Five, None);

        await ClusterLease.AgreeAsync(Settings, Five, None);
        await Assert.ThrowsAsync<StoreRefusedException>(() => ClusterLease.AgreeAsync(Settings, Two, None));
    }

    private async Task AddSiloAsync(string name, int port, int status)
    {
        await PostgresServer.ExecuteAsync(_connection, "INSERT INTO orleansmembershipversiontable (deploymentid) VALUES ('broker') ON CONFLICT DO NOTHING");
        await PostgresServer.ExecuteAsync(
            _connection,
            $"INSERT INTO orleansmembershiptable (deploymentid, address, port, generation, siloname, hostname, status, starttime, iamalivetime) VALUES ('broker', '10.0.0.1', {port}, 1, '{name}', 'host', {status}, now(), now())");
    }
}
