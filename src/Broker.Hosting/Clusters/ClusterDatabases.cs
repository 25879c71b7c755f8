using Broker.Storage.Postgres;
using Broker.Storage.Sqlite;
using Npgsql;

namespace Broker.Hosting.Clusters;

/// <summary>The two databases of a cluster.</summary>
public static class ClusterDatabases
{
    private const string KeysSuffix = "_keys";

    /// <summary>How they are reached.</summary>
    /// <exception cref="StoreRefusedException">A connection string cannot be read.</exception>
    /// <exception cref="NodeStartException">There is none.</exception>
    public static (PostgresSettings Logs, PostgresSettings Keys) Of(ClusterNodeOptions options) => options.Database.Length == 0
        ? throw new NodeStartException(ClusterNodeOptions.DatabaseMissing)
        : (new PostgresSettings(options.Database), new PostgresSettings(options.KeysDatabase is { Length: > 0 } own ? own : BesideLogs(options.Database)));

    private static string BesideLogs(string database)
    {
        try
        {
            var builder = new NpgsqlConnectionStringBuilder(database);
            builder.Database += KeysSuffix;
            return builder.ConnectionString;
        }
        catch (Exception failure) when (failure is ArgumentException or FormatException)
        {
            throw new StoreRefusedException($"Database is no connection string: {failure.Message}", failure);
        }
    }
}
