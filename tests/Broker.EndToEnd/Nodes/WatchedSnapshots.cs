using System.Collections.Concurrent;
using Broker.Grains.Logs;

namespace Broker.EndToEnd.Nodes;

/// <summary>Snapshots that lie in a directory beyond a node's restart; a test waits for them, and may spoil what is read of them.</summary>
internal sealed class WatchedSnapshots(ISnapshotStore store) : ISnapshotStore
{
    private readonly ConcurrentQueue<(LogName Log, long Position)> _published = new();
    private readonly ConcurrentDictionary<LogName, TaskCompletionSource> _first = new();

    /// <summary>Changes what is read of a log's snapshot.</summary>
    public Func<LogName, PublishedSnapshot, PublishedSnapshot> Spoil { get; set; } = static (_, snapshot) => snapshot;

    public IReadOnlyList<long> PublishedOf(string log) => [.. _published.Where(snapshot => snapshot.Log.Value == log).Select(snapshot => snapshot.Position)];

    /// <summary>Done when a snapshot of the log has been published.</summary>
    public Task FirstOf(string log) => FirstOf(new LogName(log)).Task;

    public async Task PublishAsync(LogName log, long position, ReadOnlyMemory<byte> hash, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        _published.Enqueue((log, position)); // before it can be read
        await store.PublishAsync(log, position, hash, bytes, cancellationToken);
        FirstOf(log).TrySetResult();
    }

    public async Task<PublishedSnapshot?> LatestAsync(LogName log, CancellationToken cancellationToken) =>
        await store.LatestAsync(log, cancellationToken) is { } snapshot ? Spoil(log, snapshot) : null;

    private TaskCompletionSource FirstOf(LogName log) => _first.GetOrAdd(log, static _ => new(TaskCreationOptions.RunContinuationsAsynchronously));
}
