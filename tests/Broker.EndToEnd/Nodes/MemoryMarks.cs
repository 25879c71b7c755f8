using System.Collections.Concurrent;
using Broker.Grains.Logs;

namespace Broker.EndToEnd.Nodes;

/// <summary>Marks that outlive a node's restart, as those in an object store do.</summary>
internal sealed class MemoryMarks : ILogMarks
{
    private readonly ConcurrentDictionary<LogName, LogMark> _marks = new();

    /// <summary>Runs before a mark is read.</summary>
    public Func<LogName, Task> Loading { get; set; } = static _ => Task.CompletedTask;

    public async Task<LogMark?> LoadAsync(LogName log, CancellationToken cancellationToken)
    {
        await Loading(log);
        return _marks.GetValueOrDefault(log);
    }

    public Task RaiseAsync(LogName log, LogMark mark, CancellationToken cancellationToken)
    {
        _marks.AddOrUpdate(log, mark, (_, old) => old.Position < mark.Position ? mark : old);
        return Task.CompletedTask;
    }

    public Task ResetAsync(LogName log, LogMark mark, CancellationToken cancellationToken)
    {
        _marks[log] = mark;
        return Task.CompletedTask;
    }

    /// <summary>The log's mark as if a backup had been restored under it.</summary>
    public Task PretendMoreWasAcknowledgedAsync(LogName log) => ResetAsync(log, _marks[log] with { Position = _marks[log].Position + 1000 }, CancellationToken.None);
}
