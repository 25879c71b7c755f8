using Broker.TestKit.Postgres;

namespace Broker.EndToEnd.Clusters;

/// <summary>Nodes that start and stop, as an operator sees it.</summary>
public sealed class NodeLifeTests : IAsyncLifetime
{
    private ProcessCluster _cluster = null!;

    public async Task InitializeAsync()
    {
        if (PostgresBinaries.Directory is not null) _cluster = await ProcessCluster.CreateAsync(new Dictionary<string, string>());
    }

    public async Task DisposeAsync()
    {
        if (_cluster is not null) await _cluster.DisposeAsync();
    }

    [SkippableFact]
    public async Task A_lone_node_that_is_told_to_stop_reports_no_error()
    {
        Skip.If(PostgresBinaries.Directory is null, PostgresBinaries.Missing);
        var node = await _cluster.StartBothAsync("lone");
        await _cluster.CallsTo(node).AddPlatformAsync(partitionCount: 4);

        node.Terminate();

        Assert.Equal(0, await node.ExitAsync());
        Assert.DoesNotContain("fail: ", node.Said, StringComparison.Ordinal);
        Assert.DoesNotContain("crit: ", node.Said, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task A_node_with_another_send_lease_does_not_start_until_the_clusters_is_changed_with_all_silos_stopped()
    {
        Skip.If(PostgresBinaries.Directory is null, PostgresBinaries.Missing);
        var node = await _cluster.StartBothAsync("first");
        _cluster.Set("BROKER_LEASES__LEASE", "00:00:05");

        foreach (var start in new Func<Task>[] { () => _cluster.StartSiloAsync("silo"), () => _cluster.StartGatewayAsync("gateway"), () => _cluster.StartBothAsync("both") })
            Assert.Contains("send lease is 00:00:02, and this node's (Leases.Lease) is 00:00:05", (await Assert.ThrowsAsync<InvalidOperationException>(start)).Message, StringComparison.Ordinal);
        var (refused, said) = await _cluster.RunAsync("cluster", "lease", "--set", "5s");
        Assert.NotEqual(0, refused);
        Assert.Contains("first (127.0.0.1:", said, StringComparison.Ordinal);

        node.Terminate();
        Assert.Equal(0, await node.ExitAsync());
        var (changed, shown) = await _cluster.RunAsync("cluster", "lease", "--set", "5s", "--output", "json");
        Assert.True(changed == 0, shown);
        Assert.Contains("\"lease_ms\":\"5000\"", shown.Replace(" ", "", StringComparison.Ordinal), StringComparison.Ordinal);
        await _cluster.StartBothAsync("again");
    }
}
