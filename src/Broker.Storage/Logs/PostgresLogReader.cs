using Broker.Grains.Logs;
using Broker.Storage.Postgres;
using Npgsql;

namespace Broker.Storage.Logs;

/// <summary>Reads one log from PostgreSQL in chunks, each one statement, and verifies the chain across them.</summary>
internal sealed class PostgresLogReader(LogName log, long fromPosition, PostgresDatabase database)
{
    // The sum tells where a chunk is full without reading what lies beyond.
    private const string ChunkSql =
        """
        SELECT position, fence, decided_at, payload, hash FROM (
            SELECT position, fence, decided_at, payload, hash, sum(octet_length(payload)) OVER (ORDER BY position ROWS UNBOUNDED PRECEDING) - octet_length(payload) AS before
            FROM entries WHERE log_id = $1 AND position BETWEEN $2 AND $3 ORDER BY position LIMIT $4
        ) chunk WHERE before < $5 ORDER BY position
        """;

    private readonly ChainReading _chain = new(log, fromPosition);
    private long? _logId;
    private long _last;

    public bool AtEnd { get; private set; }

    /// <exception cref="LogCorruptException">The chain does not hold, or a position is missing.</exception>
    /// <exception cref="StoreReadException">The database does not answer.</exception>
    public async Task<List<LogEntry>> NextAsync(int entriesMax, long bytesMax, CancellationToken cancellationToken)
    {
        var entries = new List<LogEntry>();
        if (_logId is null) await BeginAsync(cancellationToken);
        if (_logId is { } logId && _chain.NextPosition <= _last)
        {
            entries = await database.ReadAsync(
                command => PostgresLogStore.Bind(command, ChunkSql, logId, _chain.NextPosition, _last, entriesMax, bytesMax),
                rows => TakeAsync(rows, cancellationToken),
                cancellationToken);
            if (entries.Count == 0) throw _chain.Missing(_chain.NextPosition);
        }

        AtEnd = _chain.NextPosition > _last;
        return entries;
    }

    /// <summary>Finds the log, where it ends now, and the hash before the first entry to read.</summary>
    private Task<bool> BeginAsync(CancellationToken cancellationToken) => database.ReadAsync(
        command => PostgresLogStore.Bind(
            command,
            "SELECT l.log_id, l.last_position, e.hash FROM logs l LEFT JOIN entries e ON e.log_id = l.log_id AND e.position = $2 WHERE l.name = $1",
            log.Value, _chain.NextPosition - 1),
        async row =>
        {
            if (!await row.ReadAsync(cancellationToken)) return false;
            (_logId, _last) = (row.GetInt64(0), row.GetInt64(1));
            if (_chain.NextPosition == 1) _chain.Begin(LogChain.Origin);
            else if (_chain.NextPosition <= _last) _chain.Begin(row.IsDBNull(2) ? throw _chain.Missing(_chain.NextPosition - 1) : row.GetFieldValue<byte[]>(2));
            return true;
        },
        cancellationToken);

    private async Task<List<LogEntry>> TakeAsync(NpgsqlDataReader rows, CancellationToken cancellationToken)
    {
        var entries = new List<LogEntry>();
        while (await rows.ReadAsync(cancellationToken))
            entries.Add(_chain.Take(rows.GetInt64(0), rows.GetInt64(1), rows.GetInt64(2), rows.GetFieldValue<byte[]>(3), rows.GetFieldValue<byte[]>(4)));
        return entries;
    }
}
