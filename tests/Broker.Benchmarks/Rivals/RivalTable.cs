using System.Globalization;
using Broker.Benchmarks.Nodes;
using Broker.Benchmarks.Pulls;
using Broker.Domain.Platforms;
using Broker.Grains.Partitions;
using Npgsql;
using NpgsqlTypes;

namespace Broker.Benchmarks.Rivals;

/// <summary>The same records as rows of PostgreSQL, a table for each partition, and the users' consents beside them: what a rival asks for both in one query.</summary>
internal static class RivalTable
{
    private const string Columns = "id text NOT NULL, author text NOT NULL, kind smallint NOT NULL, created bigint NOT NULL, language text NOT NULL, title text NOT NULL, body text NOT NULL, target_id text NOT NULL, licence text NOT NULL, attribution text NOT NULL";

    /// <summary>What a partition releases.</summary>
    public static string QueryOf(int partition) => string.Create(
        CultureInfo.InvariantCulture,
        $"SELECT r.id, r.author, r.kind, r.created, r.language, r.title, r.body, r.target_id, r.licence, r.attribution FROM rival_records_{partition} r JOIN rival_consents c ON c.author = r.author WHERE c.is_granted");

    /// <summary>Fills and analyses the tables.</summary>
    public static async Task FillAsync(NpgsqlDataSource database, CancellationToken cancellationToken)
    {
        await ExecuteAsync(database, "CREATE TABLE rival_consents (author text PRIMARY KEY, is_granted boolean NOT NULL)", cancellationToken);
        for (var partition = 0; partition < BenchNode.Partitions; partition++)
            await ExecuteAsync(database, string.Create(CultureInfo.InvariantCulture, $"CREATE TABLE rival_records_{partition} ({Columns})"), cancellationToken);
        await using (var connection = await database.OpenConnectionAsync(cancellationToken))
        {
            await using var import = await connection.BeginBinaryImportAsync("COPY rival_consents (author, is_granted) FROM STDIN (FORMAT binary)", cancellationToken);
            foreach (var (user, isReleased) in ReleasedRecords.Decisions())
            {
                await import.StartRowAsync(cancellationToken);
                await import.WriteAsync(user, NpgsqlDbType.Text, cancellationToken);
                await import.WriteAsync(isReleased, NpgsqlDbType.Boolean, cancellationToken);
            }

            await import.CompleteAsync(cancellationToken);
        }

        await Task.WhenAll(ReleasedRecords.All().GroupBy(record => PartitionKeys.IndexOf(record.Author, BenchNode.Partitions)).Select(part => FillAsync(database, part.Key, part, cancellationToken)));
        await ExecuteAsync(database, "VACUUM ANALYZE", cancellationToken);
    }

    private static async Task FillAsync(NpgsqlDataSource database, int partition, IEnumerable<Protos.V1.Record> records, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var import = await connection.BeginBinaryImportAsync(string.Create(CultureInfo.InvariantCulture, $"COPY rival_records_{partition} FROM STDIN (FORMAT binary)"), cancellationToken);
        foreach (var record in records)
        {
            await import.StartRowAsync(cancellationToken);
            await import.WriteAsync(record.Id, NpgsqlDbType.Text, cancellationToken);
            await import.WriteAsync(record.Author, NpgsqlDbType.Text, cancellationToken);
            await import.WriteAsync((short)(RecordKind)record.Kind, NpgsqlDbType.Smallint, cancellationToken);
            await import.WriteAsync(record.CreateTimeMs, NpgsqlDbType.Bigint, cancellationToken);
            foreach (var text in (string[])[record.Language, record.Title, record.Text, record.TargetId, record.Licence, record.Attribution])
                await import.WriteAsync(text, NpgsqlDbType.Text, cancellationToken);
        }

        await import.CompleteAsync(cancellationToken);
    }

    private static async Task ExecuteAsync(NpgsqlDataSource database, string sql, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand(sql);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }
}

/// <summary>A rival: a database's own export, binary, received and dropped; so many connections at once as gave it the most.</summary>
internal sealed class CopyRival
{
    private const int BufferBytes = 1 << 20;
    private static readonly int[] ConnectionCounts = [1, 2, 4];

    private readonly NpgsqlDataSource _database;

    private CopyRival(NpgsqlDataSource database) => _database = database;

    /// <summary>The number of connections that gave the most.</summary>
    public int Connections { get; private set; }

    /// <summary>Tries which number of connections is its best.</summary>
    public static async Task<CopyRival> PrepareAsync(NpgsqlDataSource database, CancellationToken cancellationToken)
    {
        var rival = new CopyRival(database);
        var best = TimeSpan.MaxValue;
        foreach (var connections in ConnectionCounts)
        {
            var elapsed = await rival.RunAsync(connections, cancellationToken);
            if (elapsed < best) (best, rival.Connections) = (elapsed, connections);
        }

        return rival;
    }

    /// <summary>Exports everything once.</summary>
    public Task<TimeSpan> RunAsync(CancellationToken cancellationToken) => RunAsync(Connections, cancellationToken);

    private async Task<TimeSpan> RunAsync(int connections, CancellationToken cancellationToken)
    {
        var began = System.Diagnostics.Stopwatch.GetTimestamp();
        await Parallel.ForEachAsync(Enumerable.Range(0, BenchNode.Partitions), new ParallelOptions { MaxDegreeOfParallelism = connections, CancellationToken = cancellationToken }, async (partition, token) =>
        {
            await using var connection = await _database.OpenConnectionAsync(token);
            await using var copy = await connection.BeginRawBinaryCopyAsync($"COPY ({RivalTable.QueryOf(partition)}) TO STDOUT (FORMAT binary)", token);
            var buffer = new byte[BufferBytes];
            while (await copy.ReadAsync(buffer, token) > 0) { }
        });
        return System.Diagnostics.Stopwatch.GetElapsedTime(began);
    }
}
