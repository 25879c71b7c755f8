namespace Broker.Gateway.Pulls;

/// <summary>What keeps one stream open when its rounds are finished: who waits, how long still, and when it is heard of.</summary>
internal sealed class PullFollow : IDisposable
{
    private readonly TimeProvider _time;
    private readonly int _partitions;
    private readonly IDisposable _place;
    private readonly CancellationTokenSource _age;
    private readonly CancellationTokenSource _ended;
    private readonly SemaphoreSlim _turns;
    private readonly HashSet<int> _waiting = [];
    private readonly Lock _lock = new();
    private TaskCompletionSource _caughtUp = NewSignal();

    /// <param name="options">How long it follows, and how often it is heard of.</param>
    /// <param name="partitions">The partitions that the stream reads.</param>
    /// <param name="time">Its clock.</param>
    /// <param name="place">Its place among those that follow, which goes with it.</param>
    /// <param name="stopping">Cancelled when the gateway stops.</param>
    public PullFollow(PullOptions options, int partitions, TimeProvider time, IDisposable place, CancellationToken stopping)
    {
        (_time, _partitions, _place, HeartbeatPeriod) = (time, partitions, place, TimeSpan.FromSeconds(options.HeartbeatSeconds));
        _age = new CancellationTokenSource(TimeSpan.FromMinutes(options.FollowMinutesMax), time);
        _ended = CancellationTokenSource.CreateLinkedTokenSource(_age.Token, stopping);
        _turns = new SemaphoreSlim(options.PartitionsAtOnceMax);
    }

    /// <summary>Cancelled when nobody is to wait any more: a partition's pull ended, the gateway stops, or the stream is old.</summary>
    public CancellationToken Ended => _ended.Token;

    /// <summary>The longest silence; and the longest that a client may leave a heartbeat untaken: no lease is at stake.</summary>
    public TimeSpan HeartbeatPeriod { get; }

    /// <summary>Says that the stream is alive.</summary>
    public Func<Task> Heartbeat { get; set; } = static () => Task.CompletedTask;

    /// <summary>Whether every partition waits.</summary>
    public bool IsCaughtUp
    {
        get
        {
            lock (_lock) return _waiting.Count == _partitions;
        }
    }

    /// <summary>Whether every partition ever waited: the stream has done then what a plain one does.</summary>
    public bool HasCaughtUp { get; private set; }

    /// <summary>Stops the waiting of every partition; rounds that are under way come to their end.</summary>
    public void End() => _ended.Cancel();

    /// <summary>A partition has nothing more.</summary>
    public void Waits(int partition)
    {
        lock (_lock)
        {
            if (!_waiting.Add(partition) || _waiting.Count < _partitions) return;
            HasCaughtUp = true;
            _caughtUp.TrySetResult();
        }
    }

    /// <summary>A partition has something to ask for.</summary>
    public void GoesOn(int partition)
    {
        lock (_lock) _waiting.Remove(partition);
    }

    /// <summary>Runs a part of a pull when it is its turn: as many partitions are read at once as in a plain pull, and who waits for news takes no turn.</summary>
    public async Task InTurnAsync(Func<CancellationToken, Task> part, CancellationToken cancellationToken)
    {
        await _turns.WaitAsync(cancellationToken);
        try
        {
            await part(cancellationToken);
        }
        finally
        {
            _turns.Release();
        }
    }

    /// <summary>Done when the stream should be heard of: it has caught up, or was silent for long.</summary>
    public async Task HeartbeatDueAsync(CancellationToken cancellationToken)
    {
        Task caughtUp;
        lock (_lock) caughtUp = _caughtUp.Task;
        var silence = Task.Delay(HeartbeatPeriod, _time, cancellationToken);
        await Task.WhenAny(caughtUp, silence);
        cancellationToken.ThrowIfCancellationRequested();
        lock (_lock)
            if (_caughtUp.Task.IsCompleted)
                _caughtUp = NewSignal();
    }

    public void Dispose()
    {
        // The semaphore is left to the collector: nobody asked for its handle.
        _ended.Dispose();
        _age.Dispose();
        _place.Dispose();
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
