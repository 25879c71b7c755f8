using Broker.Storage.Postgres;
using Broker.Storage.Sqlite;
using DbUp;
using DbUp.Engine.Output;
using Npgsql;

namespace Broker.Storage.Migrations;

/// <summary>The cluster's schema in PostgreSQL: what <c>broker cluster migrate</c> brings it to, and what a node needs of it.</summary>
public static class ClusterSchema
{
    // "brkr" and the schema: two migrators of the same database run one after the other.
    private const int LockClass = 0x62726b72;

    /// <summary>The version of the logs' schema that this release needs.</summary>
    public static int LogsVersion => SchemaScripts.Logs.Version;

    /// <summary>The version of the keys' schema that this release needs.</summary>
    public static int KeysVersion => SchemaScripts.Keys.Version;

    /// <summary>Brings the logs' database to this release's schema, Orleans' tables included. Again, it changes nothing.</summary>
    /// <returns>The scripts that were run, in order; none where it was up to date.</returns>
    /// <exception cref="StoreRefusedException">The database cannot be reached, may not be changed by this user, or is newer.</exception>
    public static async Task<IReadOnlyList<string>> MigrateLogsAsync(PostgresSettings settings, CancellationToken cancellationToken)
    {
        var applied = await MigrateAsync(SchemaScripts.Logs, settings, cancellationToken);
        await ClusterRelease.RaiseAsync(settings, cancellationToken);
        return applied;
    }

    /// <summary>Brings the keys' database, which may be the logs' own, to this release's schema. Again, it changes nothing.</summary>
    /// <inheritdoc cref="MigrateLogsAsync"/>
    public static Task<IReadOnlyList<string>> MigrateKeysAsync(PostgresSettings settings, CancellationToken cancellationToken) =>
        MigrateAsync(SchemaScripts.Keys, settings, cancellationToken);

    /// <summary>The version of the logs' schema in a database; 0 where there is none.</summary>
    /// <exception cref="StoreRefusedException">The database cannot be reached.</exception>
    public static Task<int> LogsVersionOfAsync(PostgresSettings settings, CancellationToken cancellationToken) =>
        PostgresChecks.OnOneConnectionAsync(settings, connection => VersionOfAsync(SchemaScripts.Logs, connection, cancellationToken), cancellationToken);

    /// <summary>The version of the keys' schema in a database; 0 where there is none.</summary>
    /// <exception cref="StoreRefusedException">The database cannot be reached.</exception>
    public static Task<int> KeysVersionOfAsync(PostgresSettings settings, CancellationToken cancellationToken) =>
        PostgresChecks.OnOneConnectionAsync(settings, connection => VersionOfAsync(SchemaScripts.Keys, connection, cancellationToken), cancellationToken);

    internal static async Task<int> VersionOfAsync(SchemaScripts scripts, NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var exists = connection.CreateCommand();
        exists.CommandText = "SELECT to_regclass($1) IS NOT NULL";
        exists.Parameters.Add(new() { Value = scripts.JournalTable });
        if (!(bool)(await exists.ExecuteScalarAsync(cancellationToken))!) return 0;

        await using var newest = connection.CreateCommand();
#pragma warning disable CA2100 // The table's name is a constant of this program.
        newest.CommandText = $"SELECT max(scriptname) FROM {scripts.JournalTable}";
#pragma warning restore CA2100
        return await newest.ExecuteScalarAsync(cancellationToken) is string script ? SchemaScripts.NumberOf(script) : 0;
    }

    /// <summary>Refuses a database whose schema is not the one that this release needs.</summary>
    internal static void Check(SchemaScripts scripts, int version, string place)
    {
        if (version == scripts.Version) return;
        throw new StoreRefusedException(
            version == 0 ? $"{place} has no schema for Broker's {scripts.Name.ToLowerInvariant()}. Run `broker cluster migrate`."
            : version < scripts.Version ? $"{place} has an older schema (version {version}; this release needs {scripts.Version}). Run `broker cluster migrate`."
            : $"{place} has a newer schema (version {version}; this release knows {scripts.Version}). Upgrade this node.");
    }

    private static Task<IReadOnlyList<string>> MigrateAsync(SchemaScripts scripts, PostgresSettings settings, CancellationToken cancellationToken) =>
        PostgresChecks.OnOneConnectionAsync(settings, async connection =>
        {
            await PostgresChecks.CheckVersionAsync(connection, settings.Place, cancellationToken);
            await LockAsync(connection, scripts, cancellationToken); // Let go when the connection closes.
            var version = await VersionOfAsync(scripts, connection, cancellationToken);
            if (version > scripts.Version) Check(scripts, version, settings.Place);
            return await Task.Run(() => Run(scripts, settings), cancellationToken);
        }, cancellationToken);

    private static async Task LockAsync(NpgsqlConnection connection, SchemaScripts scripts, CancellationToken cancellationToken)
    {
        await using var command = connection.CreateCommand();
        command.CommandText = "SELECT pg_advisory_lock($1, hashtext($2))";
        command.CommandTimeout = 0; // Another migrator is at work: it ends, or its connection does.
        command.Parameters.Add(new() { Value = LockClass });
        command.Parameters.Add(new() { Value = scripts.Name });
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>All scripts that are missing, in one transaction.</summary>
    private static IReadOnlyList<string> Run(SchemaScripts scripts, PostgresSettings settings)
    {
        var upgrade = DeployChanges.To.PostgresqlDatabase(settings.ForOne().ConnectionString)
            .WithScripts(scripts.All)
            .JournalToPostgresqlTable(null, scripts.JournalTable)
            .WithTransaction()
            .WithVariablesDisabled()
            .LogTo(new NoOpUpgradeLog())
            .Build()
            .PerformUpgrade();
        if (upgrade.Successful) return [.. upgrade.Scripts.Select(script => script.Name)];
        throw new StoreRefusedException(
            $"{settings.Place} could not be migrated ({upgrade.ErrorScript?.Name}: {upgrade.Error.Message}); nothing was changed. Its user must own the database, or be allowed to create tables in it.",
            upgrade.Error);
    }
}
