using Broker.Grains.Logs;
using Npgsql;

namespace Broker.Storage.Tests.Logs;

/// <summary>Somebody who holds a log's row, so that statements that want it wait.</summary>
internal sealed class RowLock : IAsyncDisposable
{
    private readonly NpgsqlConnection _connection;
    private readonly NpgsqlTransaction _transaction;

    private RowLock(NpgsqlConnection connection, NpgsqlTransaction transaction) => (_connection, _transaction) = (connection, transaction);

    public static async Task<RowLock> TakeAsync(string connectionString, LogName log)
    {
        var connection = new NpgsqlConnection(connectionString + ";Pooling=false;Application Name=row lock");
        await connection.OpenAsync();
        var transaction = await connection.BeginTransactionAsync();
        await using var command = new NpgsqlCommand("SELECT 1 FROM logs WHERE name = $1 FOR UPDATE", connection, transaction);
        command.Parameters.Add(new() { Value = log.Value });
        Assert.NotNull(await command.ExecuteScalarAsync());
        return new(connection, transaction);
    }

    /// <summary>Returns when so many statements of the database wait for a lock.</summary>
    /// <returns>The server's processes that wait.</returns>
    public async Task<int[]> WaitersAsync(int count = 1)
    {
        while (true)
        {
            await using var command = new NpgsqlCommand(
                "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'", _connection, _transaction);
            await using var rows = await command.ExecuteReaderAsync();
            var waiters = new List<int>();
            while (await rows.ReadAsync()) waiters.Add(rows.GetInt32(0));
            if (waiters.Count == count) return [.. waiters];
            await rows.DisposeAsync();
            await using var forget = new NpgsqlCommand("SELECT pg_stat_clear_snapshot()", _connection, _transaction);
            await forget.ExecuteNonQueryAsync();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _transaction.DisposeAsync();
        await _connection.DisposeAsync();
    }
}
