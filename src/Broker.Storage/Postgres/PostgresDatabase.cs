using Broker.Storage.Sqlite;
using Npgsql;

namespace Broker.Storage.Postgres;

/// <summary>One PostgreSQL database: a pool of connections, each with <c>synchronous_commit=on</c>, and what its failures mean.</summary>
/// <remarks>Every unit of work is one statement, which is its own transaction: no lock outlives the server's own work, even where
/// this process is stopped.</remarks>
public sealed class PostgresDatabase : IAsyncDisposable
{
    private readonly PostgresSettings _settings;

    private PostgresDatabase(PostgresSettings settings, NpgsqlDataSource source) => (_settings, Source) = (settings, source);

    /// <summary>The pool, which Orleans' own tables may share.</summary>
    public NpgsqlDataSource Source { get; }

    /// <summary>Host, port and database, for messages: never the password.</summary>
    public string Place => _settings.Place;

    /// <summary>Makes the pool; nothing is connected yet. <see cref="PostgresChecks"/> come first.</summary>
    /// <exception cref="StoreRefusedException">The connection string cannot be used.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A setting is out of its range.</exception>
    public static PostgresDatabase Open(PostgresSettings settings) =>
        new(settings, new NpgsqlDataSourceBuilder(settings.ForPool().ConnectionString).Build());

    /// <summary>Runs one statement that changes something; answers when its commit has been acknowledged.</summary>
    /// <param name="prepare">Sets the statement's text and parameters.</param>
    /// <param name="read">Reads its rows.</param>
    /// <param name="cancellationToken">Until the statement is sent; from then on it is waited for.</param>
    /// <exception cref="StoreWriteException">It failed, or its outcome is not known.</exception>
    internal async Task<T> WriteAsync<T>(Action<NpgsqlCommand> prepare, Func<NpgsqlDataReader, Task<T>> read, CancellationToken cancellationToken)
    {
        var sent = false;
        try
        {
            await using var connection = await Source.OpenConnectionAsync(cancellationToken);
            await using var command = connection.CreateCommand();
            prepare(command);
            cancellationToken.ThrowIfCancellationRequested();
            sent = true;
            await using var reader = await command.ExecuteReaderAsync(CancellationToken.None);
            var result = await read(reader);
            await FinishAsync(reader);
            return result;
        }
        catch (Exception failure) when (PostgresFailures.IsOfStore(failure))
        {
            throw PostgresFailures.AsWriteFailure(Place, failure, sent);
        }
    }

    /// <summary>Runs one query.</summary>
    /// <exception cref="StoreReadException">It failed.</exception>
    internal async Task<T> ReadAsync<T>(Action<NpgsqlCommand> prepare, Func<NpgsqlDataReader, Task<T>> read, CancellationToken cancellationToken)
    {
        try
        {
            await using var connection = await Source.OpenConnectionAsync(cancellationToken);
            await using var command = connection.CreateCommand();
            prepare(command);
            await using var reader = await command.ExecuteReaderAsync(cancellationToken);
            return await read(reader);
        }
        catch (Exception failure) when (PostgresFailures.IsOfStore(failure))
        {
            throw new StoreReadException($"{Place} could not be read: {failure.Message}", failure);
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => Source.DisposeAsync();

    /// <summary>The server answers a statement's rows before it commits; only after this has it committed.</summary>
    private static async Task FinishAsync(NpgsqlDataReader reader)
    {
        while (await reader.NextResultAsync(CancellationToken.None)) { }
    }
}
