using System.Diagnostics;
using Broker.Benchmarks.Flights;
using Broker.Benchmarks.Nodes;
using Broker.Benchmarks.Pulls;
using Broker.Grains.Partitions;
using Broker.TestKit.Nodes;

namespace Broker.Benchmarks.Growth;

/// <summary>A node with so many records of so many users.</summary>
internal sealed class GrownNode : IAsyncDisposable
{
    private readonly BenchNode _node;
    private readonly ReleasedRecords _records;

    private GrownNode(BenchNode node, ReleasedRecords records) => (_node, _records) = (node, records);

    /// <summary>Starts one and fills it.</summary>
    public static async Task<GrownNode> StartAsync(int records, int users, CancellationToken cancellationToken)
    {
        var node = await BenchNode.StartAsync(cancellationToken);
        return new GrownNode(node, await ReleasedRecords.PrepareAsync(node, records, users));
    }

    /// <summary>Pulls everything by Arrow Flight, under a deal of its own, and drops it.</summary>
    /// <returns>Microseconds of this process's processor time for a record, client included; and records a second.</returns>
    public async Task<(double Cost, double Rate)> PullAsync()
    {
        var (records, elapsed, spent) = await DroppingClient.PullAsync(_records);
        return (spent.TotalMicroseconds / records, records / elapsed.TotalSeconds);
    }

    /// <summary>Restarts the node and takes its partitions up: from their snapshots and the tails of their logs.</summary>
    /// <returns>How long it took until every partition had answered, the node's own start left out.</returns>
    public async Task<TimeSpan> TakeUpAsync(CancellationToken cancellationToken)
    {
        await _node.RestartAsync(cancellationToken);
        var began = Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, BenchNode.Partitions).Select(partition => _node.Grains.GetGrain<IPartitionGrain>(PartitionKeys.Of(TestCalls.PlatformId, partition)).GetStatusAsync()));
        return Stopwatch.GetElapsedTime(began);
    }

    /// <summary>Compares the books.</summary>
    public Task AuditAsync(CancellationToken cancellationToken) => _records.AuditAsync(cancellationToken);

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _node.DisposeAsync();
}
