using System.Runtime.CompilerServices;
using Broker.Grains.Logs;
using Broker.Storage.Postgres;
using Npgsql;

namespace Broker.Storage.Logs;

/// <summary>Where the logs in PostgreSQL stand.</summary>
/// <param name="database">Checked and migrated. Not owned.</param>
public sealed class PostgresLogStandings(PostgresDatabase database) : ILogStandings
{
    private const int ChunkMax = 1024;

    private const string Sql =
        """
        SELECT l.name, l.fence, l.last_position, e.decided_at
        FROM logs l LEFT JOIN entries e ON e.log_id = l.log_id AND e.position = l.last_position
        WHERE l.name > $1 ORDER BY l.name LIMIT $2
        """;

    /// <inheritdoc/>
    public async IAsyncEnumerable<LogStanding> StandingsAsync(string after, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        while (await ReadAsync(after, cancellationToken) is { Count: > 0 } standings)
        {
            foreach (var standing in standings) yield return standing;
            after = standings[^1].Log.Value;
        }
    }

    private async Task<List<LogStanding>> ReadAsync(string after, CancellationToken cancellationToken)
    {
        try
        {
            return await database.ReadAsync(command => PostgresLogStore.Bind(command, Sql, after, ChunkMax), rows => TakeAsync(rows, cancellationToken), cancellationToken);
        }
        catch (StoreReadException failure)
        {
            throw new LogUnavailableException($"The standing of the logs could not be read: {failure.Message}", outcomeUnknown: false, failure);
        }
    }

    private static async Task<List<LogStanding>> TakeAsync(NpgsqlDataReader rows, CancellationToken cancellationToken)
    {
        var standings = new List<LogStanding>();
        while (await rows.ReadAsync(cancellationToken))
            standings.Add(new LogStanding(
                new LogName(rows.GetString(0)), rows.GetInt64(1), rows.GetInt64(2), rows.IsDBNull(3) ? null : LogChain.FromUnixMicroseconds(rows.GetInt64(3))));
        return standings;
    }
}
