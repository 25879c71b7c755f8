using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Broker.Grains.Logs;

namespace Broker.EndToEnd.Nodes;

/// <summary>A log store that remembers where logs ended when they were taken over, and which entries were read.</summary>
internal sealed class CountingLogStore(ILogStore store) : ILogStore
{
    private readonly ConcurrentQueue<(LogName Log, long Position)> _read = new();
    private readonly ConcurrentQueue<(LogName Log, long Position)> _heads = new();

    /// <summary>Positions of a log's entries in the order in which they were read.</summary>
    public IReadOnlyList<long> ReadOf(string log) => [.. _read.Where(entry => entry.Log.Value == log).Select(entry => entry.Position)];

    /// <summary>Where a log ended each time that it was taken over.</summary>
    public IReadOnlyList<long> HeadsOf(string log) => [.. _heads.Where(head => head.Log.Value == log).Select(head => head.Position)];

    public async Task<LogHead> TakeOverAsync(LogName log, CancellationToken cancellationToken)
    {
        var head = await store.TakeOverAsync(log, cancellationToken);
        _heads.Enqueue((log, head.LastPosition));
        return head;
    }

    public Task<LogAppendResult> AppendAsync(LogAppend append, CancellationToken cancellationToken) => store.AppendAsync(append, cancellationToken);

    public async IAsyncEnumerable<LogEntry> ReadAsync(LogName log, long fromPosition, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var entry in store.ReadAsync(log, fromPosition, cancellationToken))
        {
            _read.Enqueue((log, entry.Position));
            yield return entry;
        }
    }

    public IAsyncEnumerable<LogName> ListAsync(CancellationToken cancellationToken) => store.ListAsync(cancellationToken);
}
