using Broker.Grains.Logs;
using Broker.Storage.Postgres;
using Broker.Storage.Sqlite;

namespace Broker.Storage.Logs;

/// <summary>Collects appends of many logs into few statements: what queues while statements are under way goes with the next one.</summary>
/// <remarks>The queue needs no bound of its own: an activation has one append under way. A log is in one statement at a time, so
/// no statement of this process waits for a row that another one of it has locked.</remarks>
internal sealed class PostgresLogWriter(PostgresDatabase database, PostgresLogOptions options) : IAsyncDisposable
{
    private readonly PostgresLogOptions _options = Checked(options);
    private readonly Lock _lock = new();
    private readonly LinkedList<PostgresAppendJob> _queued = new();
    private readonly HashSet<LogName> _underWay = [];
    private readonly TaskCompletionSource _idle = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _statements;
    private bool _closed;

    /// <summary>Appends, together with what else has queued.</summary>
    /// <exception cref="LogUnavailableException">Not written, or not known to be; cancelled after it was sent included.</exception>
    /// <exception cref="OperationCanceledException">Cancelled before it was sent.</exception>
    public async Task<LogAppendResult> AppendAsync(LogAppend append, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var job = new PostgresAppendJob(append);
        Enqueue(job);
        try
        {
            return await job.Done.WaitAsync(cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            if (TryWithdraw(job)) throw;
            throw new LogUnavailableException($"{append.Log}: the caller went away while it was being written.", outcomeUnknown: true);
        }
    }

    /// <summary>Finishes what is queued; takes nothing more.</summary>
    public async ValueTask DisposeAsync()
    {
        lock (_lock)
        {
            _closed = true;
            if (_statements == 0) _idle.TrySetResult();
        }

        await _idle.Task;
    }

    private void Enqueue(PostgresAppendJob job)
    {
        lock (_lock)
        {
            if (_closed) throw new LogUnavailableException($"{job.Append.Log}: the store is closed.", outcomeUnknown: false);
            _queued.AddLast(job);
            if (_statements == _options.StatementsMax) return;
            _statements++;
        }

        _ = Task.Run(WriteAllAsync);
    }

    private bool TryWithdraw(PostgresAppendJob job)
    {
        lock (_lock) return _queued.Remove(job);
    }

    private async Task WriteAllAsync()
    {
        while (Take() is { Count: > 0 } jobs)
        {
            await WriteAsync(jobs);
            lock (_lock)
            {
                foreach (var job in jobs) _underWay.Remove(job.Append.Log);
            }
        }
    }

    /// <summary>The oldest appends that fit in one statement, no log twice. Where there are none, this writer has ended.</summary>
    private List<PostgresAppendJob> Take()
    {
        var jobs = new List<PostgresAppendJob>();
        lock (_lock)
        {
            var bytes = 0L;
            for (var node = _queued.First; node is not null && jobs.Count < _options.StatementLogsMax;)
            {
                var (job, next) = (node.Value, node.Next);
                if (jobs.Count > 0 && bytes + job.Bytes > _options.StatementBytesMax) break;
                if (_underWay.Add(job.Append.Log))
                {
                    _queued.Remove(node);
                    jobs.Add(job);
                    bytes += job.Bytes;
                }

                node = next;
            }

            if (jobs.Count == 0 && --_statements == 0 && _closed) _idle.TrySetResult();
        }

        return jobs;
    }

    private async Task WriteAsync(IReadOnlyList<PostgresAppendJob> jobs)
    {
        try
        {
            var results = await database.WriteAsync(
                command => PostgresAppendStatement.Prepare(command, jobs), rows => PostgresAppendStatement.ReadAsync(rows, jobs.Count), CancellationToken.None);
            for (var i = 0; i < jobs.Count; i++) jobs[i].Complete(results[i]);
        }
        catch (StoreWriteException failure) when (!failure.OutcomeUnknown && failure.InnerException is Npgsql.PostgresException && jobs.Count > 1)
        {
            // One append's failure undid the statement of all: whose it was shows when each goes alone.
            foreach (var job in jobs) await WriteAsync([job]);
        }
        catch (StoreWriteException failure)
        {
            foreach (var job in jobs) job.Fail(new LogUnavailableException($"{job.Append.Log}: {failure.Message}", failure.OutcomeUnknown, failure));
        }
        catch (Exception failure)
        {
            foreach (var job in jobs) job.Fail(failure); // A fault of this program is told, and ends no writer.
        }
    }

    private static PostgresLogOptions Checked(PostgresLogOptions options)
    {
        options.Validate();
        return options;
    }
}
