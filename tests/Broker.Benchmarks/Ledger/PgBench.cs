using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using Broker.TestKit.Postgres;
using Npgsql;

namespace Broker.Benchmarks.Ledger;

/// <summary>A rival: the quota as a row that every reservation updates, with a ledger row beside it, in one statement and one round trip, driven by PostgreSQL's own
/// <c>pgbench</c> with prepared statements.</summary>
internal sealed partial class PgBench
{
    private const string Script = """
        WITH taken AS (UPDATE rival_deals SET reserved = reserved + 1 WHERE id = 1 AND reserved < quota RETURNING id)
        INSERT INTO rival_ledger (deal, records) SELECT id, 1 FROM taken;
        """;

    private static readonly int[] ClientCounts = [1, 2, 4, 8, 16, 32];

    private readonly NpgsqlConnectionStringBuilder _database;
    private readonly string _script;
    private int _clients;

    private PgBench(string database, string script) => (_database, _script) = (new NpgsqlConnectionStringBuilder(database), script);

    /// <summary>The client count that gave the most.</summary>
    public int Clients => _clients;

    /// <summary>Makes its tables, and tries which number of clients is its best.</summary>
    public static async Task<PgBench> PrepareAsync(string database, string directory, CancellationToken cancellationToken)
    {
        await using (var source = NpgsqlDataSource.Create(database))
        {
            await using var create = source.CreateCommand("""
                CREATE TABLE rival_deals (id int PRIMARY KEY, reserved bigint NOT NULL, quota bigint NOT NULL) WITH (fillfactor = 50);
                INSERT INTO rival_deals VALUES (1, 0, 1000000000000);
                CREATE TABLE rival_ledger (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, deal int NOT NULL, records bigint NOT NULL)
                """);
            await create.ExecuteNonQueryAsync(cancellationToken);
        }

        var script = Path.Combine(directory, "reserve.sql");
        await File.WriteAllTextAsync(script, Script, cancellationToken);
        var bench = new PgBench(database, script);
        var best = 0.0;
        foreach (var clients in ClientCounts)
        {
            var rate = await bench.RunAsync(clients, seconds: 1, cancellationToken);
            if (rate > best) (best, bench._clients) = (rate, clients);
        }

        return bench;
    }

    /// <summary>Transactions a second.</summary>
    public Task<double> RunAsync(int seconds, CancellationToken cancellationToken) => RunAsync(_clients, seconds, cancellationToken);

    private async Task<double> RunAsync(int clients, int seconds, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo(
            Path.Combine(PostgresBinaries.Directory!, "pgbench"),
            [
                "--no-vacuum", "--protocol=prepared", $"--file={_script}", Invariant($"--client={clients}"), Invariant($"--jobs={Math.Min(clients, Environment.ProcessorCount)}"),
                Invariant($"--time={seconds}"), $"--host={_database.Host}", Invariant($"--port={_database.Port}"), $"--username={_database.Username}", _database.Database!,
            ])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["PGPASSWORD"] = _database.Password;
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync(cancellationToken);
        var said = await process.StandardOutput.ReadToEndAsync(cancellationToken);
        await process.WaitForExitAsync(cancellationToken);
        if (process.ExitCode != 0) throw new InvalidOperationException($"pgbench ended with {process.ExitCode}: {await errors}");
        return double.Parse(Rate().Match(said).Groups[1].Value, CultureInfo.InvariantCulture);
    }

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    [GeneratedRegex(@"tps = ([0-9.]+)")]
    private static partial Regex Rate();
}
