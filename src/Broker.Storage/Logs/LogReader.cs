using Broker.Grains.Logs;
using Broker.Storage.Sqlite;

namespace Broker.Storage.Logs;

/// <summary>Reads one log from SQLite in chunks, each in a short read transaction, and verifies the chain across them.</summary>
internal sealed class LogReader(LogName log, long fromPosition)
{
    /// <summary>Positions below 2^40 fit beside a log's number in one key.</summary>
    private const int PositionBits = 40;

    private readonly ChainReading _chain = new(log, fromPosition);
    private long? _logId;
    private long _last;

    public long NextPosition => _chain.NextPosition;

    public bool AtEnd { get; private set; }

    public static long KeyOf(long logId, long position) => (logId << PositionBits) | position;

    /// <exception cref="LogCorruptException">The chain does not hold, or a position is missing.</exception>
    public List<LogEntry> Next(SqliteSession session, int entriesMax, long bytesMax)
    {
        var entries = new List<LogEntry>();
        if (_logId is null) Begin(session);
        if (_logId is { } logId && NextPosition <= _last) ReadChunk(session, logId, entries, entriesMax, bytesMax);
        AtEnd = NextPosition > _last;
        return entries;
    }

    /// <summary>Finds the log, where it ends now, and the hash before the first entry to read.</summary>
    private void Begin(SqliteSession session)
    {
        using var head = session.Query("SELECT log_id, last_position FROM logs WHERE name = $1", log.Value);
        if (!head.Read()) return;
        (_logId, _last) = (head.GetInt64(0), head.GetInt64(1));
        if (NextPosition <= _last) _chain.Begin(NextPosition == 1 ? LogChain.Origin : HashAt(session, NextPosition - 1));
    }

    private byte[] HashAt(SqliteSession session, long position)
    {
        using var row = session.Query("SELECT hash FROM entries WHERE entry_key = $1", KeyOf(_logId!.Value, position));
        return row.Read() ? row.GetFieldValue<byte[]>(0) : throw _chain.Missing(position);
    }

    private void ReadChunk(SqliteSession session, long logId, List<LogEntry> entries, int entriesMax, long bytesMax)
    {
        using var rows = session.Query(
            "SELECT entry_key, fence, decided_at, payload, hash FROM entries WHERE entry_key BETWEEN $1 AND $2 ORDER BY entry_key LIMIT $3",
            KeyOf(logId, NextPosition), KeyOf(logId, _last), entriesMax);
        var bytes = 0L;
        while (bytes < bytesMax && rows.Read())
        {
            entries.Add(_chain.Take(rows.GetInt64(0) - KeyOf(logId, 0), rows.GetInt64(1), rows.GetInt64(2), rows.GetFieldValue<byte[]>(3), rows.GetFieldValue<byte[]>(4)));
            bytes += entries[^1].Payload.Length;
        }

        if (entries.Count == 0) throw _chain.Missing(NextPosition);
    }
}
