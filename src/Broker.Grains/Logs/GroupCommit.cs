using Microsoft.Extensions.Logging;

namespace Broker.Grains.Logs;

/// <summary>Makes queued events durable: one append at a time, and what queues meanwhile goes with the next one.</summary>
/// <remarks>Not thread-safe: it lives on one grain's turns. After a failed append it never writes again.</remarks>
internal sealed class GroupCommit<TEvent>(LogName log, LogHead head, LogServices services, ILogger logger, IGroupCommitOwner<TEvent> owner)
{
    private readonly Queue<CommitBatch<TEvent>> _queued = new();
    private CommitBatch<TEvent>? _newest;
    private Task _lastEvents = Task.CompletedTask;
    private Exception? _failure;
    private bool _writing;
    private int _gathering;
    private int _waitingEvents;
    private long _waitingBytes;
    private int _waitingChecks;

    /// <summary>The last position that is durable.</summary>
    public long DurablePosition { get; private set; } = head.LastPosition;

    /// <summary>That entry's hash.</summary>
    public ReadOnlyMemory<byte> DurableHash { get; private set; } = head.LastHash;

    /// <summary>Throws where this activation has failed.</summary>
    public void ThrowIfFailed()
    {
        if (_failure is not null) throw _failure;
    }

    /// <summary>Throws where this activation has failed, or where too much waits.</summary>
    public void ThrowIfClosed()
    {
        ThrowIfFailed();
        var options = services.Options;
        if (_waitingEvents >= options.QueueEventsMax || _waitingBytes >= options.QueueBytesMax || _waitingChecks >= options.QueueChecksMax)
            throw new LogOverloadedException(log);
    }

    /// <summary>Queues one command's events, which go in one append.</summary>
    /// <returns>Completes when they are durable.</returns>
    public Task EnqueueAsync(IReadOnlyList<LogEntry> entries, IReadOnlyList<LoggedEvent<TEvent>> events)
    {
        var bytes = 0L;
        for (var index = 0; index < entries.Count; index++) bytes += entries[index].Payload.Length;
        var batch = BatchFor(entries.Count, bytes);
        batch.Add(entries, events, bytes);
        _waitingEvents += entries.Count;
        _waitingBytes += bytes;
        _lastEvents = batch.Durable;
        StartWriting();
        return batch.Durable;
    }

    /// <summary>Waits as an answer without events must.</summary>
    public Task SettleAsync(Settle settle)
    {
        ThrowIfFailed();
        if (settle == Settle.LastSeen) return _lastEvents;
        var batch = BatchFor(0, 0);
        batch.Checks++;
        _waitingChecks++;
        StartWriting();
        return batch.Durable;
    }

    /// <summary>Holds back what is queued until <see cref="EndGathering"/>, so that it goes in one append. Pairs may be nested; nothing is awaited between.</summary>
    public void BeginGathering() => _gathering++;

    /// <summary>Lets go what was held back.</summary>
    public void EndGathering()
    {
        if (--_gathering == 0 && _queued.Count > 0) StartWriting();
    }

    /// <summary>Fails everything that waits, and everything to come.</summary>
    public void Fail(Exception failure)
    {
        if (_failure is not null) return;
        _failure = failure;
        while (_queued.TryDequeue(out var batch)) batch.Fail(failure);
        _newest = null;
        owner.OnFailed(failure);
    }

    private CommitBatch<TEvent> BatchFor(int entries, long bytes)
    {
        if (_newest is not null && _newest.Fits(entries, bytes, services.Options)) return _newest;
        _newest = new CommitBatch<TEvent>();
        _queued.Enqueue(_newest);
        return _newest;
    }

    private void StartWriting()
    {
        if (_writing || _gathering > 0) return;
        _writing = true;
        _ = WriteAllAsync();
    }

    private async Task WriteAllAsync()
    {
        while (_failure is null && _queued.TryDequeue(out var batch))
        {
            if (ReferenceEquals(batch, _newest)) _newest = null;
            await WriteAsync(batch);
        }

        _writing = false;
    }

    private async Task WriteAsync(CommitBatch<TEvent> batch)
    {
        var start = services.Time.GetTimestamp();
        try
        {
            var append = new LogAppend(log, head.Fence, DurablePosition, batch.Entries) { Run = head.Run };
            var result = await services.Store.AppendAsync(append, CancellationToken.None);
            ThrowIfFailed();
            if (result.Outcome != LogAppendOutcome.Appended) throw Fenced(result.Outcome);
            Accepted(batch, start, result.StoreTime);
        }
        catch (Exception failure)
        {
            var told = AsLogFailure(failure);
            Fail(told);
            batch.Fail(told);
        }
    }

    private void Accepted(CommitBatch<TEvent> batch, long start, DateTimeOffset storeTime)
    {
        DurablePosition += batch.Entries.Count;
        if (batch.Entries is [.., var last]) DurableHash = last.Hash;
        _waitingEvents -= batch.Entries.Count;
        _waitingBytes -= batch.Bytes;
        _waitingChecks -= batch.Checks;
        services.Meter.Appended(services.Time.GetElapsedTime(start), batch.Entries.Count);
        owner.OnAccepted(start, storeTime, batch.Events);
        batch.Complete();
    }

    private LogFencedException Fenced(LogAppendOutcome outcome)
    {
        services.Meter.Fenced();
        if (outcome == LogAppendOutcome.OtherRun) LogMessages.OtherRun(logger, log, head.Fence, head.Run);
        else LogMessages.Fenced(logger, log, head.Fence, outcome);
        return new LogFencedException(log, head.Fence);
    }

    private Exception AsLogFailure(Exception failure)
    {
        if (failure is LogFencedException) return failure;
        LogMessages.AppendFailed(logger, log, DurablePosition, failure);
        return failure as LogUnavailableException
            ?? new LogUnavailableException($"{log} could not be written.", outcomeUnknown: true, failure);
    }
}

/// <summary>Who is told what became of appends.</summary>
internal interface IGroupCommitOwner<TEvent>
{
    /// <summary>The store accepted an append that was handed to it at <paramref name="start"/> (monotonic).</summary>
    void OnAccepted(long start, DateTimeOffset storeTime, IReadOnlyList<LoggedEvent<TEvent>> events);

    /// <summary>An append failed: nothing more will be written or answered.</summary>
    void OnFailed(Exception failure);
}
