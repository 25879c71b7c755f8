using Broker.Grains.Logs;
using Broker.Storage.Sqlite;

namespace Broker.Storage.Logs;

/// <summary>The logs of a file as they lie there, for whoever audits a stopped node: nothing is verified, nothing is written.</summary>
/// <remarks>A store's own reader refuses what does not chain; an auditor has to see it. One caller at a time.</remarks>
public sealed class StoredLogs : IDisposable
{
    private const int ChunkEntriesMax = 2048;

    private readonly SqliteSession _session;

    private StoredLogs(SqliteSession session) => _session = session;

    /// <summary>Opens <c>logs.db</c> for reading.</summary>
    /// <exception cref="StoreRefusedException">It is missing, or holds no logs.</exception>
    public static StoredLogs Open(string path)
    {
        if (!File.Exists(path)) throw new StoreRefusedException($"There is no {path}: no node has kept logs there.");
        SqliteSession? session = null;
        try
        {
            session = new SqliteSession(new SqliteSettings(path), readOnly: true);
            using (session.Query("SELECT name, last_position FROM logs LIMIT 1")) { }
            using (session.Query("SELECT entry_key, fence, decided_at, payload, hash FROM entries LIMIT 1")) { }
            return new StoredLogs(session);
        }
        catch (Microsoft.Data.Sqlite.SqliteException failure)
        {
            session?.Dispose();
            throw new StoreRefusedException($"{path} holds no logs that can be read: {failure.Message}", failure);
        }
    }

    /// <summary>Every log and where the file says that it ends: position 0 for one without entries.</summary>
    /// <exception cref="StoreRefusedException">The file is damaged.</exception>
    public IReadOnlyList<(LogName Name, long LastPosition)> List() => Read(session =>
    {
        using var rows = session.Query("SELECT name, last_position FROM logs ORDER BY name");
        var logs = new List<(LogName, long)>();
        while (rows.Read()) logs.Add((new LogName(rows.GetString(0)), rows.GetInt64(1)));
        return logs;
    });

    /// <summary>A log's entries in the order of their positions, as many as there are; gaps are left as they are.</summary>
    /// <exception cref="StoreRefusedException">While enumerating: the file is damaged.</exception>
    public IEnumerable<LogEntry> ReadEntries(LogName log)
    {
        if (Read(session => LogIdOf(session, log)) is not { } logId) yield break;
        var (next, end) = (LogReader.KeyOf(logId, 0), LogReader.KeyOf(logId + 1, 0));
        while (Read(session => Chunk(session, logId, next, end)) is { Count: > 0 } chunk)
        {
            foreach (var entry in chunk) yield return entry;
            next = LogReader.KeyOf(logId, chunk[^1].Position) + 1;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _session.Dispose();

    private static long? LogIdOf(SqliteSession session, LogName log)
    {
        using var row = session.Query("SELECT log_id FROM logs WHERE name = $1", log.Value);
        return row.Read() ? row.GetInt64(0) : null;
    }

    private static List<LogEntry> Chunk(SqliteSession session, long logId, long from, long end)
    {
        using var rows = session.Query(
            "SELECT entry_key, fence, decided_at, payload, hash FROM entries WHERE entry_key >= $1 AND entry_key < $2 ORDER BY entry_key LIMIT $3",
            from, end, ChunkEntriesMax);
        var entries = new List<LogEntry>();
        while (rows.Read())
            entries.Add(new LogEntry(
                rows.GetInt64(0) - LogReader.KeyOf(logId, 0),
                rows.GetInt64(1),
                LogChain.FromUnixMicroseconds(rows.GetInt64(2)),
                rows.GetFieldValue<byte[]>(3),
                rows.GetFieldValue<byte[]>(4)));
        return entries;
    }

    private T Read<T>(Func<SqliteSession, T> read)
    {
        try
        {
            return read(_session);
        }
        catch (Microsoft.Data.Sqlite.SqliteException failure)
        {
            throw new StoreRefusedException($"{_session.Connection.DataSource} is damaged: {failure.Message}", failure);
        }
    }
}
