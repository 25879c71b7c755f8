namespace Broker.Storage.Sqlite;

/// <summary>Something to do on the writer's thread.</summary>
internal abstract class WriteJob(bool alone)
{
    /// <summary>Whether it must run outside any transaction.</summary>
    public bool Alone { get; } = alone;

    /// <summary>Whether its caller has an answer.</summary>
    public abstract bool IsAnswered { get; }

    /// <summary>Does the work; again, where a transaction was undone before its commit.</summary>
    public abstract void Run(SqliteSession session);

    /// <summary>It is durable: answers the caller, unless it has failed.</summary>
    public abstract void Complete();

    public abstract void Fail(Exception failure);
}

/// <inheritdoc/>
internal sealed class WriteJob<T>(Func<SqliteSession, T> work, bool alone) : WriteJob(alone)
{
    private readonly TaskCompletionSource<T> _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private T? _result;

    public Task<T> Done => _done.Task;

    public override bool IsAnswered => _done.Task.IsCompleted;

    public override void Run(SqliteSession session) => _result = work(session);

    public override void Complete() => _done.TrySetResult(_result!);

    public override void Fail(Exception failure) => _done.TrySetException(failure);
}
