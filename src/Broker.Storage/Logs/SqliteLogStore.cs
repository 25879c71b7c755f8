using System.Runtime.CompilerServices;
using Broker.Grains.Logs;
using Broker.Storage.Sqlite;
using Microsoft.Data.Sqlite;

namespace Broker.Storage.Logs;

/// <summary>The logs in an SQLite file: appends of all logs that have queued go into one flushed transaction.</summary>
/// <param name="database">Opened by <see cref="LogsDatabase.Open"/>.</param>
/// <param name="time">The store's clock.</param>
public sealed class SqliteLogStore(SqliteDatabase database, TimeProvider time) : ILogStore, ILogStandings
{
    private const int ChunkEntriesMax = 2048;
    private const long ChunkBytesMax = 4L << 20;

    /// <inheritdoc/>
    public Task<LogHead> TakeOverAsync(LogName log, CancellationToken cancellationToken)
    {
        LogAppends.Check(log);
        return WriteAsync(log, session => TakeOver(session, log), cancellationToken);
    }

    /// <inheritdoc/>
    public Task<LogAppendResult> AppendAsync(LogAppend append, CancellationToken cancellationToken)
    {
        LogAppends.Check(append);
        return WriteAsync(append.Log, session => Append(session, append), cancellationToken);
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<LogEntry> ReadAsync(LogName log, long fromPosition, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(fromPosition, 1);
        var reader = new LogReader(log, fromPosition);
        while (!reader.AtEnd)
        {
            foreach (var entry in await QueryAsync(log, reader, cancellationToken)) yield return entry;
        }
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<LogName> ListAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (var name in await database.ReadAsync(Names, cancellationToken)) yield return new LogName(name);
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<LogStanding> StandingsAsync(string after, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (var standing in await database.ReadAsync(session => Standings(session, after), cancellationToken)) yield return standing;
    }

    private LogHead TakeOver(SqliteSession session, LogName log)
    {
        using var row = session.Query(
            """
            INSERT INTO logs (name, fence, last_position, last_hash) VALUES ($1, 1, 0, $2)
            ON CONFLICT (name) DO UPDATE SET fence = fence + 1
            RETURNING fence, last_position, last_hash
            """,
            log.Value, LogAppends.ArrayOf(LogChain.Origin));
        row.Read();
        return new LogHead(row.GetInt64(0), row.GetInt64(1), row.GetFieldValue<byte[]>(2), time.GetUtcNow());
    }

    private LogAppendResult Append(SqliteSession session, LogAppend append)
    {
        if (HeadOf(session, append.Log) is not var (logId, fence, lastPosition) || fence != append.Fence) return new(LogAppendOutcome.Fenced, time.GetUtcNow());
        if (lastPosition != append.ExpectedLastPosition) return new(LogAppendOutcome.PositionMismatch, time.GetUtcNow());
        foreach (var entry in append.Entries) Insert(session, logId, entry);
        if (append.Entries is [.., var last])
            session.Execute("UPDATE logs SET last_position = $1, last_hash = $2 WHERE log_id = $3", last.Position, LogAppends.ArrayOf(last.Hash), logId);
        return new(LogAppendOutcome.Appended, time.GetUtcNow());
    }

    private static (long LogId, long Fence, long LastPosition)? HeadOf(SqliteSession session, LogName log)
    {
        using var row = session.Query("SELECT log_id, fence, last_position FROM logs WHERE name = $1", log.Value);
        return row.Read() ? (row.GetInt64(0), row.GetInt64(1), row.GetInt64(2)) : null;
    }

    private static void Insert(SqliteSession session, long logId, LogEntry entry) => session.Execute(
        "INSERT INTO entries VALUES ($1, $2, $3, $4, $5)",
        LogReader.KeyOf(logId, entry.Position), entry.Fence, LogChain.ToUnixMicroseconds(entry.DecidedAt), LogAppends.ArrayOf(entry.Payload), LogAppends.ArrayOf(entry.Hash));

    private static List<string> Names(SqliteSession session)
    {
        using var rows = session.Query("SELECT name FROM logs ORDER BY name");
        var names = new List<string>();
        while (rows.Read()) names.Add(rows.GetString(0));
        return names;
    }

    private static List<LogStanding> Standings(SqliteSession session, string after)
    {
        using var rows = session.Query(
            """
            SELECT name, logs.fence, last_position, decided_at
            FROM logs LEFT JOIN entries ON entry_key = log_id * $2 + last_position AND last_position > 0
            WHERE name > $1 ORDER BY name
            """,
            after, LogReader.KeyOf(1, 0));
        var standings = new List<LogStanding>();
        while (rows.Read())
            standings.Add(new LogStanding(
                new LogName(rows.GetString(0)), rows.GetInt64(1), rows.GetInt64(2), rows.IsDBNull(3) ? null : LogChain.FromUnixMicroseconds(rows.GetInt64(3))));
        return standings;
    }

    private async Task<T> WriteAsync<T>(LogName log, Func<SqliteSession, T> work, CancellationToken cancellationToken)
    {
        try
        {
            return await database.WriteAsync(work, cancellationToken);
        }
        catch (StoreWriteException failure)
        {
            throw new LogUnavailableException($"{log}: {failure.Message}", failure.OutcomeUnknown, failure);
        }
    }

    private async Task<List<LogEntry>> QueryAsync(LogName log, LogReader reader, CancellationToken cancellationToken)
    {
        try
        {
            return await database.ReadAsync(session => reader.Next(session, ChunkEntriesMax, ChunkBytesMax), cancellationToken);
        }
        catch (SqliteException failure) when (failure.SqliteErrorCode == SQLitePCL.raw.SQLITE_CORRUPT)
        {
            throw new LogCorruptException(log, reader.NextPosition, failure.Message);
        }
        catch (SqliteException failure)
        {
            throw new LogUnavailableException($"{log} could not be read: {failure.Message}", outcomeUnknown: false, failure);
        }
    }
}
