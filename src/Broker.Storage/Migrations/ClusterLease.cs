using Broker.Storage.Postgres;
using Broker.Storage.Sqlite;
using Npgsql;

namespace Broker.Storage.Migrations;

/// <summary>The send lease that all silos of a cluster have, held in the database.</summary>
/// <remarks>
/// A silo that takes a partition over waits, before it acknowledges a withdrawal, for two leases: as long as the activation before may have let a
/// gateway send. That one's lease was another silo's; were it the longer one, a record would leave after the acknowledgement. Gateways send under
/// the lease that comes with each release and renewal, so theirs cannot differ. The database holds it rather than each grant's entry in the log,
/// because a take-over must know the lease before it has read anything, and nobody then has to reason about two at once.
/// </remarks>
public static class ClusterLease
{
    private const int StatusDead = 6; // Orleans.Runtime.SiloStatus.Dead

    /// <summary>Makes a node's lease the cluster's, where it has none yet; otherwise checks that it is the same.</summary>
    /// <param name="settings">The logs' database, migrated.</param>
    /// <param name="lease">The node's.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <exception cref="StoreRefusedException">The cluster has another; the message says what to do.</exception>
    public static Task AgreeAsync(PostgresSettings settings, TimeSpan lease, CancellationToken cancellationToken) =>
        PostgresChecks.OnOneConnectionAsync(settings, async connection =>
        {
            await using var command = connection.CreateCommand();
            // An update though it may change nothing: it waits for whoever changes the lease now.
            command.CommandText = "UPDATE broker_cluster SET send_lease = coalesce(send_lease, $1) RETURNING send_lease, send_lease = $1";
            command.Parameters.Add(new() { Value = lease });
            await using var row = await command.ExecuteReaderAsync(cancellationToken);
            if (!await row.ReadAsync(cancellationToken)) throw NotMigrated(settings);
            if (row.GetBoolean(1)) return true;
            var held = row.GetTimeSpan(0);
            throw new StoreRefusedException(
                $"The cluster's send lease is {held:c}, and this node's (Leases.Lease) is {lease:c}: were they to differ, a withdrawal could be acknowledged before the last record has left. "
                + $"Set Leases.Lease to {held:c} here; or stop every silo, run `broker cluster lease --set` with the other one, and start them with that.");
        }, cancellationToken);

    /// <summary>The cluster's lease; null before the first node has started.</summary>
    /// <exception cref="StoreRefusedException">The database cannot be used.</exception>
    public static Task<TimeSpan?> ReadAsync(PostgresSettings settings, CancellationToken cancellationToken) =>
        PostgresChecks.OnOneConnectionAsync(settings, async connection =>
        {
            await using var command = connection.CreateCommand();
            command.CommandText = "SELECT send_lease FROM broker_cluster";
            await using var row = await command.ExecuteReaderAsync(cancellationToken);
            if (!await row.ReadAsync(cancellationToken)) throw NotMigrated(settings);
            return await row.IsDBNullAsync(0, cancellationToken) ? (TimeSpan?)null : row.GetTimeSpan(0);
        }, cancellationToken);

    /// <summary>Changes the cluster's lease while no silo runs.</summary>
    /// <param name="settings">The logs' database, migrated.</param>
    /// <param name="lease">The new one.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <exception cref="StoreRefusedException">A silo runs, or is not known to be dead.</exception>
    /// <remarks>A silo agrees again once it stands in the membership and before it holds a grain. So of a silo that starts and a change at the same
    /// time one finds the other: the row's lock makes them take turns.</remarks>
    public static Task SetAsync(PostgresSettings settings, TimeSpan lease, CancellationToken cancellationToken) =>
        PostgresChecks.OnOneConnectionAsync(settings, async connection =>
        {
            await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
            if (!await TryUpdateAsync(connection, lease, cancellationToken)) throw NotMigrated(settings);
            if (await LivingSilosAsync(connection, cancellationToken) is { Count: > 0 } living)
                throw new StoreRefusedException(
                    $"The send lease stays as it is: {string.Join(", ", living)} may be running. Stop every silo (SIGTERM). One that was killed counts until another silo has found it dead: start one, wait until `broker cluster status` says so, and stop it.");
            await transaction.CommitAsync(cancellationToken);
            return true;
        }, cancellationToken);

    private static async Task<bool> TryUpdateAsync(NpgsqlConnection connection, TimeSpan lease, CancellationToken cancellationToken)
    {
        await using var command = connection.CreateCommand();
        command.CommandText = "UPDATE broker_cluster SET send_lease = $1";
        command.Parameters.Add(new() { Value = lease });
        return await command.ExecuteNonQueryAsync(cancellationToken) > 0;
    }

    private static async Task<List<string>> LivingSilosAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var command = connection.CreateCommand();
        command.CommandText = "SELECT siloname || ' (' || address || ':' || port || ')' FROM orleansmembershiptable WHERE status <> $1 ORDER BY 1";
        command.Parameters.Add(new() { Value = StatusDead });
        await using var rows = await command.ExecuteReaderAsync(cancellationToken);
        var living = new List<string>();
        while (await rows.ReadAsync(cancellationToken)) living.Add(rows.GetString(0));
        return living;
    }

    private static StoreRefusedException NotMigrated(PostgresSettings settings) => new($"{settings.Place} has not been migrated to its end. Run `broker cluster migrate`.");
}
