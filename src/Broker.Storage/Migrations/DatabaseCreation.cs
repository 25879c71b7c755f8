using Broker.Storage.Postgres;
using Npgsql;

namespace Broker.Storage.Migrations;

/// <summary>Makes databases that are not there yet.</summary>
public static class DatabaseCreation
{
    private const string Maintenance = "postgres";

    /// <summary>Creates the database that the settings name, where there is none.</summary>
    /// <returns>Whether it was created now.</returns>
    /// <exception cref="Sqlite.StoreRefusedException">The server cannot be reached, or its user may not create databases.</exception>
    public static Task<bool> CreateAsync(PostgresSettings settings, CancellationToken cancellationToken)
    {
        var wanted = settings.ForOne().Database!;
        var server = new NpgsqlConnectionStringBuilder(settings.ConnectionString) { Database = Maintenance };
        return PostgresChecks.OnOneConnectionAsync(settings with { ConnectionString = server.ConnectionString }, async connection =>
        {
            if (await ExistsAsync(connection, wanted, cancellationToken)) return false;
            await using var create = connection.CreateCommand();
#pragma warning disable CA2100 // A name cannot be a parameter; it is quoted.
            create.CommandText = $"CREATE DATABASE \"{wanted.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
#pragma warning restore CA2100
            try
            {
                await create.ExecuteNonQueryAsync(cancellationToken);
                return true;
            }
            catch (PostgresException raced) when (raced.SqlState is PostgresErrorCodes.DuplicateDatabase or PostgresErrorCodes.UniqueViolation)
            {
                return false; // another migrator was quicker
            }
        }, cancellationToken);
    }

    private static async Task<bool> ExistsAsync(NpgsqlConnection connection, string database, CancellationToken cancellationToken)
    {
        await using var command = connection.CreateCommand();
        command.CommandText = "SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)";
        command.Parameters.Add(new() { Value = database });
        return (bool)(await command.ExecuteScalarAsync(cancellationToken))!;
    }
}
