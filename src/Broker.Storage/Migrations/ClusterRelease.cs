using Broker.Storage.Postgres;
using Broker.Storage.Sqlite;
using Npgsql;

namespace Broker.Storage.Migrations;

/// <summary>Which releases may work on one database at the same time: the one that migrated it last, and the one before, so that
/// nodes are upgraded one by one.</summary>
public static class ClusterRelease
{
    /// <summary>This release's number, from 1; raised by one whenever nodes of two releases ago could no longer work beside it.</summary>
    public const int This = 1;

    /// <summary>Refuses a node outside the database's releases.</summary>
    /// <exception cref="StoreRefusedException">The message says which to upgrade or migrate.</exception>
    internal static void Check(int previous, int current, int node, string place)
    {
        if (node < previous)
            throw new StoreRefusedException($"{place} is used by releases {previous} to {current}, and this node is of release {node}. Upgrade this node.");
        if (node > current)
            throw new StoreRefusedException($"{place} is used by releases {previous} to {current}, and this node is of release {node}. Run `broker cluster migrate` of this release first.");
    }

    /// <summary>Lets this release in, and the one before it; a database of a newer one stays as it is.</summary>
    internal static Task RaiseAsync(PostgresSettings settings, CancellationToken cancellationToken) =>
        PostgresChecks.OnOneConnectionAsync(settings, async connection => await RaiseAsync(connection, This, cancellationToken), cancellationToken);

    internal static async Task<int> RaiseAsync(NpgsqlConnection connection, int release, CancellationToken cancellationToken)
    {
        await using var command = connection.CreateCommand();
        command.CommandText =
            """
            INSERT INTO broker_cluster AS c (previous_release, this_release) VALUES (greatest($1 - 1, 1), $1)
            ON CONFLICT (only_row) DO UPDATE SET previous_release = excluded.previous_release, this_release = excluded.this_release
            WHERE c.this_release < excluded.this_release
            """;
        command.Parameters.Add(new() { Value = release });
        return await command.ExecuteNonQueryAsync(cancellationToken);
    }
}
