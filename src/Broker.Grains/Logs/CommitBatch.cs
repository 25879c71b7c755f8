namespace Broker.Grains.Logs;

/// <summary>What goes to the store in one append, and who waits for it.</summary>
internal sealed class CommitBatch<TEvent>
{
    private readonly TaskCompletionSource _durable = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<LogEntry> _entries = [];
    private readonly List<LoggedEvent<TEvent>> _events = [];

    public IReadOnlyList<LogEntry> Entries => _entries;

    public IReadOnlyList<LoggedEvent<TEvent>> Events => _events;

    public long Bytes { get; private set; }

    /// <summary>Answers without events that wait for this append.</summary>
    public int Checks { get; set; }

    /// <summary>Completes when the store has accepted the append; fails as it failed.</summary>
    public Task Durable => _durable.Task;

    /// <summary>Whether a command of that size may join. An empty batch takes any.</summary>
    public bool Fits(int entries, long bytes, LogOptions options) =>
        _entries.Count == 0 || (_entries.Count + entries <= options.BatchEventsMax && Bytes + bytes <= options.BatchBytesMax);

    public void Add(IReadOnlyList<LogEntry> entries, IReadOnlyList<LoggedEvent<TEvent>> events, long bytes)
    {
        _entries.AddRange(entries);
        _events.AddRange(events);
        Bytes += bytes;
    }

    public void Complete() => _durable.TrySetResult();

    public void Fail(Exception failure)
    {
        _durable.TrySetException(failure);
        _ = _durable.Task.Exception; // Observed: a batch may have no waiter left.
    }
}
