using Broker.Storage.Postgres;
using Broker.Storage.Sqlite;
using Npgsql;

namespace Broker.Storage.Migrations;

/// <summary>Whose database this is.</summary>
/// <param name="ClusterId">The cluster's id, as its silos name it.</param>
/// <param name="ServiceId">The service's id, under which Orleans keeps reminders and states.</param>
/// <param name="InstanceId">Drawn once for this cluster. The object store must hold the same, or another cluster of the same
/// name works there.</param>
public sealed record ClusterIdentity(string ClusterId, string ServiceId, Guid InstanceId)
{
    /// <summary>Takes the database for a cluster, or finds it taken by the same one. Checks the node's release too.</summary>
    /// <param name="settings">The logs' database, migrated.</param>
    /// <param name="clusterId">1 to 150 characters.</param>
    /// <param name="serviceId">1 to 150 characters.</param>
    /// <param name="proposed">A random id for the case that this is the first node.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <returns>The identity with the instance id that stands: the proposed one only for the first node.</returns>
    /// <exception cref="StoreRefusedException">It is another cluster's, or this node's release does not fit.</exception>
    public static Task<ClusterIdentity> ClaimAsync(
        PostgresSettings settings, string clusterId, string serviceId, Guid proposed, CancellationToken cancellationToken)
    {
        foreach (var id in new[] { clusterId, serviceId })
            if (id is not { Length: >= 1 and <= 150 }) throw new ArgumentException("Cluster and service ids have 1 to 150 characters.");
        return PostgresChecks.OnOneConnectionAsync(
            settings, connection => ClaimAsync(connection, settings.Place, clusterId, serviceId, proposed, cancellationToken), cancellationToken);
    }

    /// <summary>Refuses an object store that another cluster has claimed.</summary>
    /// <param name="inObjectStore">The instance id that the object store holds.</param>
    /// <exception cref="StoreRefusedException">It is another one.</exception>
    public void CheckObjectStore(Guid inObjectStore)
    {
        if (inObjectStore == InstanceId) return;
        throw new StoreRefusedException(
            $"The object store belongs to another cluster (instance {inObjectStore}; the database of '{ClusterId}' holds {InstanceId}). Give this cluster an object store, or a prefix in it, of its own.");
    }

    private static async Task<ClusterIdentity> ClaimAsync(
        NpgsqlConnection connection, string place, string clusterId, string serviceId, Guid proposed, CancellationToken cancellationToken)
    {
        await using var command = connection.CreateCommand();
        // The last one to update sees the first one's claim: the row's lock makes them take turns.
        command.CommandText =
            """
            UPDATE broker_cluster SET
                cluster_id = coalesce(cluster_id, $1), service_id = coalesce(service_id, $2), instance_id = coalesce(instance_id, $3)
            RETURNING cluster_id, service_id, instance_id, previous_release, this_release
            """;
        command.Parameters.Add(new() { Value = clusterId });
        command.Parameters.Add(new() { Value = serviceId });
        command.Parameters.Add(new() { Value = proposed });
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        if (!await row.ReadAsync(cancellationToken)) throw new StoreRefusedException($"{place} has not been migrated to its end. Run `broker cluster migrate`.");
        var identity = new ClusterIdentity(row.GetString(0), row.GetString(1), row.GetGuid(2));
        if (identity.ClusterId != clusterId || identity.ServiceId != serviceId)
            throw new StoreRefusedException(
                $"{place} belongs to cluster '{identity.ClusterId}' (service '{identity.ServiceId}'), not to '{clusterId}' (service '{serviceId}'). Correct the ids, or give this cluster a database of its own.");
        ClusterRelease.Check(row.GetInt32(3), row.GetInt32(4), ClusterRelease.This, place);
        return identity;
    }
}
