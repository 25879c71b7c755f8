using Microsoft.Data.Sqlite;

namespace Broker.Storage.Tests.Keys;

/// <summary>Somebody who has begun to read a file and has not finished.</summary>
internal sealed class SqliteReader : IAsyncDisposable
{
    private readonly SqliteConnection _connection;
    private readonly SqliteTransaction _reading;

    public SqliteReader(string path)
    {
        _connection = new SqliteConnection($"Data Source={path};Mode=ReadOnly;Pooling=False");
        _connection.Open();
        _reading = _connection.BeginTransaction(deferred: true);
        using var command = _connection.CreateCommand();
        command.CommandText = "SELECT count(*) FROM sqlite_schema";
        command.ExecuteScalar();
    }

    public async ValueTask DisposeAsync()
    {
        await _reading.DisposeAsync();
        await _connection.DisposeAsync();
    }
}
