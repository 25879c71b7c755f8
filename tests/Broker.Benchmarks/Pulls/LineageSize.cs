using Broker.Benchmarks.Comparisons;
using Broker.Protos.Log.V1;
using Npgsql;

namespace Broker.Benchmarks.Pulls;

/// <summary>What the releases of all pulls so far take in the database, and how many records they released.</summary>
internal static class LineageSize
{
    // What a row takes besides: its line pointer, and its entry in the primary key's index.
    private const int BytesBesides = 4 + 24;

    /// <summary>The comparison.</summary>
    public static Comparison Of(ReleasedRecords records) => new(
        "lineage on disk for a released record", "rows of `Released` in PostgreSQL with all that a row takes; slices of up to 16,384, smaller at first", "B", Reach.AtMost(0.05),
        token => MeasureAsync(records.Node.Database, token), null);

    private static async Task<double> MeasureAsync(string database, CancellationToken cancellationToken)
    {
        var (bytes, released) = (0L, 0L);
        await using var source = NpgsqlDataSource.Create(database);
        await using var command = source.CreateCommand("SELECT payload, pg_column_size(e.*) FROM entries e JOIN logs l USING (log_id) WHERE l.name LIKE 'platforms/%/partitions/%'");
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            var entry = LogEnvelope.Parser.ParseFrom((byte[])reader[0]);
            if (entry.Event.IsEmpty || PartitionEvent.Parser.ParseFrom(entry.Event).Released is not { } slice) continue;
            bytes += reader.GetInt32(1) + BytesBesides;
            released += slice.Amounts.Records;
        }

        return released > 0 ? (double)bytes / released : throw new BooksException("Nothing stands in the lineage.");
    }
}
