namespace Broker.Grains.Tests.Logs;

/// <summary>A grain's turns without Orleans: one at a time, in order, and only when the test pumps.</summary>
internal sealed class Turns : TaskScheduler
{
    private readonly Queue<Task> _queued = new();

    public override int MaximumConcurrencyLevel => 1;

    /// <summary>Queues work; what it awaits goes on in later turns.</summary>
    public Task<T> Start<T>(Func<Task<T>> work) => Task.Factory.StartNew(work, CancellationToken.None, TaskCreationOptions.None, this).Unwrap();

    /// <inheritdoc cref="Start{T}"/>
    public Task Start(Func<Task> work) => Task.Factory.StartNew(work, CancellationToken.None, TaskCreationOptions.None, this).Unwrap();

    /// <summary>Runs turns until none is left.</summary>
    public void Pump()
    {
        var tests = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(null); // What awaits would go on there instead of here.
        try
        {
            while (_queued.TryDequeue(out var turn)) TryExecuteTask(turn);
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(tests);
        }
    }

    protected override void QueueTask(Task task) => _queued.Enqueue(task);

    protected override bool TryExecuteTaskInline(Task task, bool taskWasPreviouslyQueued) => false;

    protected override IEnumerable<Task> GetScheduledTasks() => _queued;
}
