using System.Diagnostics;
using System.Globalization;
using Broker.Benchmarks.Comparisons;
using Broker.Benchmarks.Nodes;
using Broker.Gateway.Identity;
using Broker.Protos.V1;
using Broker.TestKit.Nodes;
using Google.Protobuf.WellKnownTypes;
using Npgsql;
using NpgsqlTypes;

namespace Broker.Benchmarks.Intake;

/// <summary>A platform's settings of its users, taken in at once; and a table with a key that takes the same rows.</summary>
internal sealed class ConsentRows(BenchNode node, NpgsqlDataSource database)
{
    private const int Rows = 50_000;
    private const int RowsOfBatch = 1_000;
    private const int KnownUsers = 0;

    private int _imports;
    private int _days;

    /// <summary>Prepares the rival's table.</summary>
    public static async Task<ConsentRows> PrepareAsync(BenchNode node, NpgsqlDataSource database)
    {
        await using var create = database.CreateCommand(
            "CREATE TABLE rival_settings (user_id text PRIMARY KEY, choice smallint NOT NULL, purposes int NOT NULL, kinds int NOT NULL, made timestamptz NOT NULL, notified timestamptz, jurisdiction text NOT NULL)");
        await create.ExecuteNonQueryAsync();
        return new ConsentRows(node, database);
    }

    /// <summary>Each of them: rows with a decision, a notice and a jurisdiction.</summary>
    public IEnumerable<Comparison> Comparisons()
    {
        const string Copy = "`COPY` of the same rows into a table with its key";
        yield return new("bulk consent import, durable, of users that are known", Copy, "rows/s", Reach.AtLeast(0.5), _ => ImportAsync(KnownUsers, ++_days), CopyAsync);
        yield return new("the same of users that are new: each gets a key and is sealed", Copy, "rows/s", null, _ => ImportAsync(++_imports, 0), CopyAsync);
    }

    private async Task<double> ImportAsync(int users, int day)
    {
        var began = Stopwatch.GetTimestamp();
        using var call = node.Calls.Consents.ImportConsents(node.Calls.AsPlatform(Roles.PlatformAdmin));
        await call.RequestStream.WriteAsync(new() { Header = new ImportConsentsHeader { Platform = TestCalls.PlatformName, RequestId = TestCalls.NewId(), SnapshotTime = TestCalls.Past.AddDays(day).ToTimestamp() } });
        foreach (var batch in Enumerable.Range(0, Rows).Chunk(RowsOfBatch))
            await call.RequestStream.WriteAsync(new() { Batch = new ConsentRowBatch { Rows = { batch.Select(row => RowOf(users, row, day)) } } });
        await call.RequestStream.WriteAsync(new() { End = new ImportConsentsEnd { RowCount = Rows } });
        await call.RequestStream.CompleteAsync();
        var report = await call;
        return report.AcceptedCount == Rows
            ? Rows / Stopwatch.GetElapsedTime(began).TotalSeconds
            : throw new BooksException($"{report.AcceptedCount} of {Rows} rows were taken in; the first that was not: {report.RefusedRows.FirstOrDefault()}");
    }

    private async Task<double> CopyAsync(CancellationToken cancellationToken)
    {
        var import = ++_imports;
        var began = Stopwatch.GetTimestamp();
        await using (var connection = await database.OpenConnectionAsync(cancellationToken))
        {
            await using var copy = await connection.BeginBinaryImportAsync("COPY rival_settings FROM STDIN (FORMAT binary)", cancellationToken);
            for (var row = 0; row < Rows; row++)
            {
                await copy.StartRowAsync(cancellationToken);
                await copy.WriteAsync(UserOf(import, row), NpgsqlDbType.Text, cancellationToken);
                await copy.WriteAsync((short)(row % 2), NpgsqlDbType.Smallint, cancellationToken);
                await copy.WriteAsync(1, NpgsqlDbType.Integer, cancellationToken);
                await copy.WriteAsync(3, NpgsqlDbType.Integer, cancellationToken);
                await copy.WriteAsync(TestCalls.Past.UtcDateTime, NpgsqlDbType.TimestampTz, cancellationToken);
                await copy.WriteAsync(TestCalls.Past.UtcDateTime, NpgsqlDbType.TimestampTz, cancellationToken);
                await copy.WriteAsync("IE", NpgsqlDbType.Text, cancellationToken);
            }

            await copy.CompleteAsync(cancellationToken);
        }

        return Rows / Stopwatch.GetElapsedTime(began).TotalSeconds;
    }

    private static ConsentRow RowOf(int users, int row, int day) => new()
    {
        UserId = UserOf(users, row),
        Decision = new ConsentDecision
        {
            Purposes = { Purpose.FoundationModelTraining },
            Kinds = { RecordKind.Post, RecordKind.Comment },
            Choice = (row + day) % 2 == 0 ? ConsentChoice.Grant : ConsentChoice.Withdraw,
            MadeTime = TestCalls.Past.AddDays(day).ToTimestamp(),
            Source = ConsentSource.SettingsImport,
        },
        NotifiedTime = TestCalls.Past.ToTimestamp(),
        Jurisdiction = "IE",
    };

    private static string UserOf(int import, int row) => string.Create(CultureInfo.InvariantCulture, $"member-{import}-{row}");
}
