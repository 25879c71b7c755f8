using Broker.Grains.Logs;

namespace Broker.Storage.Logs;

/// <summary>One append on its way to PostgreSQL.</summary>
internal sealed class PostgresAppendJob(LogAppend append)
{
    private readonly TaskCompletionSource<LogAppendResult> _done = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public LogAppend Append { get; } = append;

    public long Bytes { get; } = append.Entries.Sum(entry => (long)entry.Payload.Length);

    public Task<LogAppendResult> Done => _done.Task;

    public void Complete(LogAppendResult result) => _done.TrySetResult(result);

    public void Fail(Exception failure)
    {
        _done.TrySetException(failure);
        _ = _done.Task.Exception; // Observed: a cancelled caller waits no more.
    }
}
