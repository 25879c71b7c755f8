using System.Threading.Channels;
using Microsoft.Data.Sqlite;

namespace Broker.Storage.Sqlite;

/// <summary>The one thread that writes a file: what has queued while it flushed goes into the next transaction.</summary>
internal sealed class SqliteWriter : IAsyncDisposable
{
    private readonly SqliteSession _session;
    private readonly SqliteSettings _settings;
    private readonly Channel<WriteJob> _queue;
    private readonly TaskCompletionSource _stopped = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public SqliteWriter(SqliteSession session, SqliteSettings settings)
    {
        _session = session;
        _settings = settings;
        _queue = Channel.CreateBounded<WriteJob>(new BoundedChannelOptions(settings.QueueMax) { SingleReader = true });
        new Thread(WriteAll) { IsBackground = true, Name = $"sqlite {Path.GetFileName(settings.Path)}" }.Start();
    }

    public Action<CommitStep>? OnCommit { private get; set; }

    public Task<T> RunAsync<T>(Func<SqliteSession, T> work, CancellationToken cancellationToken) =>
        QueueAsync(new WriteJob<T>(work, alone: false), cancellationToken);

    public Task<T> RunAloneAsync<T>(Func<SqliteSession, T> work, CancellationToken cancellationToken) =>
        QueueAsync(new WriteJob<T>(work, alone: true), cancellationToken);

    public async ValueTask DisposeAsync()
    {
        _queue.Writer.TryComplete();
        await _stopped.Task;
    }

    private async Task<T> QueueAsync<T>(WriteJob<T> job, CancellationToken cancellationToken)
    {
        try
        {
            await _queue.Writer.WriteAsync(job, cancellationToken);
        }
        catch (ChannelClosedException closed)
        {
            throw new StoreWriteException($"{_settings.Path} is closed.", outcomeUnknown: false, closed);
        }

        return await job.Done;
    }

    private void WriteAll()
    {
        var jobs = new List<WriteJob>();
        while (_queue.Reader.WaitToReadAsync().AsTask().GetAwaiter().GetResult())
        {
            Take(jobs);
            if (jobs[0].Alone) RunAlone(jobs[0]);
            else Write(jobs);
            jobs.Clear();
        }

        _session.Dispose();
        _stopped.SetResult();
    }

    /// <summary>Takes what has queued; a job that must be alone ends the batch before it.</summary>
    private void Take(List<WriteJob> jobs)
    {
        while (jobs.Count < _settings.TransactionJobsMax && _queue.Reader.TryPeek(out var next))
        {
            if (next.Alone && jobs.Count > 0) return;
            _queue.Reader.TryRead(out _);
            jobs.Add(next);
            if (next.Alone) return;
        }
    }

    private void RunAlone(WriteJob job)
    {
        try
        {
            job.Run(_session);
            job.Complete();
        }
        catch (Exception failure)
        {
            job.Fail(OfJob(failure));
        }
    }

    private void Write(IReadOnlyList<WriteJob> jobs)
    {
        if (!TryBegin(jobs)) return;
        try
        {
            foreach (var job in jobs) RunInSavepoint(job);
        }
        catch (Exception failure)
        {
            if (jobs.Count > 1 && TryRollBack() is null) WriteEachAlone(jobs);
            else Abandon(jobs, failure, outcomeUnknown: false);
            return;
        }

        Commit(jobs);
    }

    /// <summary>One job's failure (a full disk) ended the transaction of all: whose it was shows when each runs alone.
    /// What was answered already is not run again.</summary>
    private void WriteEachAlone(IReadOnlyList<WriteJob> jobs)
    {
        foreach (var job in jobs.Where(job => !job.IsAnswered)) Write([job]);
    }

    private bool TryBegin(IReadOnlyList<WriteJob> jobs)
    {
        try
        {
            _session.Execute("BEGIN IMMEDIATE");
            return true;
        }
        catch (Exception failure)
        {
            Abandon(jobs, failure, outcomeUnknown: false);
            return false;
        }
    }

    /// <summary>Runs a job so that its failure undoes it alone. Throws where the failure ended the whole transaction.</summary>
    private void RunInSavepoint(WriteJob job)
    {
        _session.Execute("SAVEPOINT job");
        try
        {
            job.Run(_session);
        }
        catch (Exception failure)
        {
            if (!_session.InTransaction) throw;
            _session.Execute("ROLLBACK TO job");
            job.Fail(OfJob(failure));
        }

        _session.Execute("RELEASE job");
    }

    private void Commit(IReadOnlyList<WriteJob> jobs)
    {
        try
        {
            OnCommit?.Invoke(CommitStep.Before);
            _session.Execute("COMMIT");
            OnCommit?.Invoke(CommitStep.After);
        }
        catch (Exception failure)
        {
            Abandon(jobs, failure, outcomeUnknown: true);
            return;
        }

        foreach (var job in jobs) job.Complete();
    }

    private void Abandon(IReadOnlyList<WriteJob> jobs, Exception failure, bool outcomeUnknown)
    {
        if (TryRollBack() is { } rollback) failure = new AggregateException(failure, rollback);
        foreach (var job in jobs) job.Fail(WriteFailure(failure, outcomeUnknown));
    }

    private SqliteException? TryRollBack()
    {
        try
        {
            if (_session.InTransaction) _session.Execute("ROLLBACK");
            return null;
        }
        catch (SqliteException failure)
        {
            return failure;
        }
    }

    /// <summary>What a job threw by itself is its caller's; what SQLite threw is a failed write.</summary>
    private Exception OfJob(Exception failure) => failure is SqliteException ? WriteFailure(failure, outcomeUnknown: false) : failure;

    private StoreWriteException WriteFailure(Exception failure, bool outcomeUnknown) =>
        new($"{_settings.Path} could not be written: {failure.Message}", outcomeUnknown, failure);
}
