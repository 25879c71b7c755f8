using System.Net.Sockets;
using Broker.Storage.Migrations;
using Broker.Storage.Sqlite;
using Npgsql;

namespace Broker.Storage.Postgres;

/// <summary>What must be true of a database before a node uses it. Each refusal says what to do.</summary>
public static class PostgresChecks
{
    /// <summary>The oldest server that will do: from here on a unique index can count nulls as equal. PostgreSQL's own number.</summary>
    public const int ServerVersionMin = 150_000;

    /// <summary>Checks the database of the logs: reachable, flushing, and of this release's schema.</summary>
    /// <exception cref="StoreRefusedException">It must not be used as it is.</exception>
    public static Task CheckLogsAsync(PostgresSettings settings, CancellationToken cancellationToken) =>
        CheckAsync(settings, SchemaScripts.Logs, cancellationToken);

    /// <summary>Checks the database of the users' keys.</summary>
    /// <exception cref="StoreRefusedException">It must not be used as it is.</exception>
    public static Task CheckKeysAsync(PostgresSettings settings, CancellationToken cancellationToken) =>
        CheckAsync(settings, SchemaScripts.Keys, cancellationToken);

    /// <summary>Runs work on one connection of its own, outside the pool, with the server's own settings.</summary>
    /// <exception cref="StoreRefusedException">The database does not answer, or refuses it.</exception>
    internal static async Task<T> OnOneConnectionAsync<T>(PostgresSettings settings, Func<NpgsqlConnection, Task<T>> work, CancellationToken cancellationToken)
    {
        try
        {
            await using var connection = new NpgsqlConnection(settings.ForOne().ConnectionString);
            await connection.OpenAsync(cancellationToken);
            return await work(connection);
        }
        catch (Exception failure) when (PostgresFailures.IsOfStore(failure))
        {
            throw new StoreRefusedException($"{settings.Place}: {WhyNot(failure)}", failure);
        }
    }

    internal static async Task CheckVersionAsync(NpgsqlConnection connection, string place, CancellationToken cancellationToken)
    {
        var version = int.Parse(await SettingAsync(connection, "server_version_num", cancellationToken), System.Globalization.CultureInfo.InvariantCulture);
        CheckVersion(version, place);
    }

    internal static void CheckVersion(int version, string place)
    {
        if (version < ServerVersionMin)
            throw new StoreRefusedException($"{place} runs PostgreSQL {version / 10_000}; Broker needs {ServerVersionMin / 10_000} or newer. Upgrade the server.");
    }

    private static Task<bool> CheckAsync(PostgresSettings settings, SchemaScripts scripts, CancellationToken cancellationToken) =>
        OnOneConnectionAsync(settings, async connection =>
        {
            var place = settings.Place;
            await CheckVersionAsync(connection, place, cancellationToken);
            await CheckPrimaryAsync(connection, place, cancellationToken);
            await CheckFlushesAsync(connection, place, cancellationToken);
            ClusterSchema.Check(scripts, await ClusterSchema.VersionOfAsync(scripts, connection, cancellationToken), place);
            return true;
        }, cancellationToken);

    private static async Task CheckPrimaryAsync(NpgsqlConnection connection, string place, CancellationToken cancellationToken)
    {
        if (await SettingAsync(connection, "transaction_read_only", cancellationToken) == "on")
            throw new StoreRefusedException($"{place} takes no writes: it is a standby, or set read-only. Name the primary (several hosts: add 'Target Session Attributes=primary').");
    }

    /// <summary>Without these an acknowledged commit can be lost: a withdrawal forgotten, a charge repeated.</summary>
    private static async Task CheckFlushesAsync(NpgsqlConnection connection, string place, CancellationToken cancellationToken)
    {
        foreach (var setting in new[] { "fsync", "full_page_writes" })
            if (await SettingAsync(connection, setting, cancellationToken) != "on")
                throw new StoreRefusedException($"{place} has {setting} = off: a crash could lose or tear what was acknowledged. Set {setting} = on in postgresql.conf and reload the server.");

        var commit = await SettingAsync(connection, "synchronous_commit", cancellationToken);
        var hasStandbys = await SettingAsync(connection, "synchronous_standby_names", cancellationToken) != "";
        if (commit == "off" || (hasStandbys && commit is "local" or "remote_write"))
            throw new StoreRefusedException($"{place} has synchronous_commit = {commit}: an acknowledged commit could be lost. Set synchronous_commit = on for the server, the database and the user.");
    }

    private static async Task<string> SettingAsync(NpgsqlConnection connection, string name, CancellationToken cancellationToken)
    {
        await using var command = connection.CreateCommand();
        command.CommandText = "SELECT current_setting($1)";
        command.Parameters.Add(new() { Value = name });
        return (string)(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    private static string WhyNot(Exception failure) => failure switch
    {
        PostgresException { SqlState: PostgresErrorCodes.InvalidPassword or PostgresErrorCodes.InvalidAuthorizationSpecification } =>
            $"the server refused the user or password ({failure.Message}). Correct Username and Password, and the server's pg_hba.conf.",
        PostgresException { SqlState: PostgresErrorCodes.InvalidCatalogName } => "there is no such database. Create it, or correct Database.",
        PostgresException { SqlState: PostgresErrorCodes.TooManyConnections } => "the server has no connection left. Raise max_connections, or lower the nodes' pools.",
        PostgresException { SqlState: PostgresErrorCodes.CannotConnectNow } => $"the server is not ready ({failure.Message}). Wait until it has started, and try again.",
        PostgresException refused => $"the server refused ({refused.SqlState}: {refused.MessageText}).",
        _ when failure is TimeoutException || failure.InnerException is SocketException or TimeoutException or IOException =>
            $"the server cannot be reached ({failure.InnerException?.Message ?? failure.Message}). Start it, or correct Host and Port.",
        _ => failure.Message,
    };
}
