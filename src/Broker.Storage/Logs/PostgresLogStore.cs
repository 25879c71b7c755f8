using System.Runtime.CompilerServices;
using Broker.Grains.Logs;
using Broker.Storage.Postgres;
using Broker.Storage.Sqlite;
using Npgsql;

namespace Broker.Storage.Logs;

/// <summary>The logs in PostgreSQL: an append is one statement, which is its own transaction, and the appends of many logs that
/// have queued share one.</summary>
/// <param name="database">Checked and migrated. The store does not own it.</param>
/// <param name="options">How appends travel.</param>
public sealed class PostgresLogStore(PostgresDatabase database, PostgresLogOptions options) : ILogStore, IAsyncDisposable
{
    private const int ChunkEntriesMax = 2048;
    private const long ChunkBytesMax = 4L << 20;
    private const int ChunkNames = 4096;

    /// <summary>Waits for the row, and so for an append that is under way.</summary>
    private const string TakeOverSql =
        $"""
        INSERT INTO logs AS l (name, fence, last_position, last_hash) VALUES ($1, 1, 0, $2)
        ON CONFLICT (name) DO UPDATE SET fence = l.fence + 1
        RETURNING fence, last_position, last_hash, clock_timestamp(), {DatabaseIncarnation.Sql}, {DatabaseIncarnation.RunSql}
        """;

    private readonly PostgresLogWriter _writer = new(database, options);

    /// <inheritdoc/>
    public async Task<LogHead> TakeOverAsync(LogName log, CancellationToken cancellationToken)
    {
        LogAppends.Check(log);
        try
        {
            return await database.WriteAsync(command => Bind(command, TakeOverSql, log.Value, LogAppends.ArrayOf(LogChain.Origin)), HeadOf, cancellationToken);
        }
        catch (StoreWriteException failure)
        {
            throw new LogUnavailableException($"{log}: {failure.Message}", failure.OutcomeUnknown, failure);
        }
    }

    /// <inheritdoc/>
    /// <exception cref="OperationCanceledException">Cancelled before it was sent: not written. Afterwards a cancelled append is
    /// one of unknown outcome.</exception>
    public Task<LogAppendResult> AppendAsync(LogAppend append, CancellationToken cancellationToken)
    {
        LogAppends.Check(append);
        return _writer.AppendAsync(append, cancellationToken);
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<LogEntry> ReadAsync(LogName log, long fromPosition, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(fromPosition, 1);
        var reader = new PostgresLogReader(log, fromPosition, database);
        while (!reader.AtEnd)
        {
            foreach (var entry in await GuardAsync(log.Value, () => reader.NextAsync(ChunkEntriesMax, ChunkBytesMax, cancellationToken))) yield return entry;
        }
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<LogName> ListAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var after = "";
        while (await GuardAsync("The list of logs", () => NamesAfterAsync(after, cancellationToken)) is { Count: > 0 } names)
        {
            foreach (var name in names) yield return new LogName(name);
            after = names[^1];
        }
    }

    /// <summary>Finishes what is queued.</summary>
    public ValueTask DisposeAsync() => _writer.DisposeAsync();

    internal static void Bind(NpgsqlCommand command, string sql, params ReadOnlySpan<object> values)
    {
#pragma warning disable CA2100 // Every statement is a constant of this program.
        command.CommandText = sql;
#pragma warning restore CA2100
        foreach (var value in values) command.Parameters.Add(new() { Value = value });
    }

    private static async Task<LogHead> HeadOf(NpgsqlDataReader row)
    {
        await row.ReadAsync();
        return new LogHead(row.GetInt64(0), row.GetInt64(1), row.GetFieldValue<byte[]>(2), row.GetFieldValue<DateTimeOffset>(3))
        {
            Store = row.GetString(4),
            Run = row.GetString(5),
        };
    }

    private Task<List<string>> NamesAfterAsync(string after, CancellationToken cancellationToken) => database.ReadAsync(
        command => Bind(command, "SELECT name FROM logs WHERE name > $1 ORDER BY name LIMIT $2", after, ChunkNames),
        async rows =>
        {
            var names = new List<string>();
            while (await rows.ReadAsync(cancellationToken)) names.Add(rows.GetString(0));
            return names;
        },
        cancellationToken);

    private static async Task<T> GuardAsync<T>(string what, Func<Task<T>> read)
    {
        try
        {
            return await read();
        }
        catch (StoreReadException failure)
        {
            throw new LogUnavailableException($"{what} could not be read: {failure.Message}", outcomeUnknown: false, failure);
        }
    }
}
