using Broker.Grains.Logs;
using Broker.Storage.Sqlite;
using Microsoft.Data.Sqlite;

namespace Broker.Storage.Logs;

/// <summary>Reads one log in chunks, each in a short read transaction, and verifies the chain across them.</summary>
internal sealed class LogReader(LogName log, long fromPosition)
{
    /// <summary>Positions below 2^40 fit beside a log's number in one key.</summary>
    private const int PositionBits = 40;

    private long? _logId;
    private long _last;
    private ReadOnlyMemory<byte> _previous;

    public long NextPosition { get; private set; } = fromPosition;

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
        if (NextPosition <= _last) _previous = NextPosition == 1 ? LogChain.Origin : HashAt(session, NextPosition - 1);
    }

    private byte[] HashAt(SqliteSession session, long position)
    {
        using var row = session.Query("SELECT hash FROM entries WHERE entry_key = $1", KeyOf(_logId!.Value, position));
        return row.Read() ? row.GetFieldValue<byte[]>(0) : throw Missing(position);
    }

    private void ReadChunk(SqliteSession session, long logId, List<LogEntry> entries, int entriesMax, long bytesMax)
    {
        using var rows = session.Query(
            "SELECT entry_key, fence, decided_at, payload, hash FROM entries WHERE entry_key BETWEEN $1 AND $2 ORDER BY entry_key LIMIT $3",
            KeyOf(logId, NextPosition), KeyOf(logId, _last), entriesMax);
        var bytes = 0L;
        while (bytes < bytesMax && rows.Read())
        {
            var entry = Verify(Entry(rows, logId));
            entries.Add(entry);
            bytes += entry.Payload.Length;
            _previous = entry.Hash;
            NextPosition++;
        }

        if (entries.Count == 0) throw Missing(NextPosition);
    }

    private LogEntry Entry(SqliteDataReader row, long logId) => new(
        row.GetInt64(0) - KeyOf(logId, 0),
        row.GetInt64(1),
        TimeOf(row.GetInt64(2)),
        row.GetFieldValue<byte[]>(3),
        row.GetFieldValue<byte[]>(4));

    private DateTimeOffset TimeOf(long microseconds)
    {
        try
        {
            return LogChain.FromUnixMicroseconds(microseconds);
        }
        catch (ArgumentOutOfRangeException)
        {
            throw new LogCorruptException(log, NextPosition, "its time is out of range");
        }
    }

    private LogEntry Verify(LogEntry entry)
    {
        if (entry.Position != NextPosition) throw Missing(NextPosition);
        var hash = LogChain.HashOf(_previous.Span, entry.Position, entry.Fence, entry.DecidedAt, entry.Payload.Span);
        return entry.Hash.Span.SequenceEqual(hash)
            ? entry
            : throw new LogCorruptException(log, entry.Position, "its hash does not follow from the entry before it and its content");
    }

    private LogCorruptException Missing(long position) => new(log, position, "the entry is missing");
}
