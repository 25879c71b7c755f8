using System.Runtime.InteropServices;
using System.Text.Json;
using Broker.Benchmarks.Comparisons;
using Broker.Benchmarks.Flights;
using Broker.Benchmarks.Gaps;
using Broker.Benchmarks.Growth;
using Broker.Benchmarks.Intake;
using Broker.Benchmarks.Ledger;
using Broker.Benchmarks.Nodes;
using Broker.Benchmarks.Pulls;
using Broker.Benchmarks.States;
using Broker.Faults.Faults;
using Npgsql;

namespace Broker.Benchmarks;

/// <summary>Every comparison, one after another.</summary>
/// <param name="rounds">Of each; the median counts.</param>
/// <param name="json">A file for the table as JSON, or null.</param>
/// <param name="part">The one of <see cref="PartNames"/> that is measured; null for every one.</param>
internal sealed class AllComparisons(int rounds, string? json, string? part)
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    private static readonly (string Name, Func<AllComparisons, CancellationToken, Task> Measure)[] Parts =
    [
        ("states", static (all, token) => all.MeasureAsync(StateComparisons.All(), token)),
        ("pulls", static (all, token) => all.PullAsync(token)),
        ("users", static (all, token) => all.GrowAsync(token)),
        ("ledger", static (all, token) => all.LedgerAsync(token)),
        ("intake", static (all, token) => all.TakeInAsync(token)),
        ("gaps", static (all, token) => all.BreakAsync(token)),
    ];

    private readonly List<Measured> _all = [];
    private readonly List<string> _unmeasured = [];

    /// <summary>What can be measured by itself.</summary>
    public static IEnumerable<string> PartNames => Parts.Select(part => part.Name);

    /// <summary>Measures all, and compares the books.</summary>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The table, as Markdown; and which rows are missing, and why.</returns>
    /// <exception cref="BooksException">What was charged is not what came.</exception>
    public async Task<(IReadOnlyList<string> Table, IReadOnlyList<string> Unmeasured)> RunAsync(CancellationToken cancellationToken)
    {
        foreach (var (name, measure) in Parts)
            if (part is null || part == name)
                await measure(this, cancellationToken);
        var machine = $"{Environment.ProcessorCount} cores, {RuntimeInformation.OSDescription}, .NET {Environment.Version}; median of {rounds} rounds, both in turn (least–most)";
        if (json is not null) await File.WriteAllTextAsync(json, JsonOf(machine), cancellationToken);
        return ([machine, "", .. Measured.TableOf(_all)], _unmeasured);
    }

    private async Task PullAsync(CancellationToken cancellationToken)
    {
        await using var node = await BenchNode.StartAsync(cancellationToken);
        var records = await ReleasedRecords.PrepareAsync(node);
        await using (var flights = await FlightWork.PrepareAsync(records, cancellationToken)) await MeasureAsync(FlightComparisons.Of(flights), cancellationToken);
        await using (var pulls = await PullWork.PrepareAsync(records, cancellationToken)) await MeasureAsync(PullComparisons.Of(pulls), cancellationToken);
        await MeasureAsync([LineageSize.Of(records)], cancellationToken);
        await records.AuditAsync(cancellationToken);
    }

    private async Task GrowAsync(CancellationToken cancellationToken)
    {
        await using var few = await GrownNode.StartAsync(UserGrowth.Records, UserGrowth.Users, cancellationToken);
        await using var many = await GrownNode.StartAsync(UserGrowth.Records, UserGrowth.Users * UserGrowth.Times, cancellationToken);
        await MeasureAsync([UserGrowth.Of(few, many)], cancellationToken);
        foreach (var node in (GrownNode[])[few, many]) await node.AuditAsync(cancellationToken);
    }

    // On a node of its own, in partitions that hold nothing: what pulls leave behind (a million records, a lineage for each deal) is looked through by each withdrawal.
    private async Task LedgerAsync(CancellationToken cancellationToken)
    {
        await using var node = await BenchNode.StartAsync(cancellationToken);
        await using var ledger = await LedgerWork.PrepareAsync(node);
        await MeasureAsync(LedgerComparisons.Of(ledger, await PgBench.PrepareAsync(node.Database, node.Root, cancellationToken)), cancellationToken);
        await ledger.CheckAsync();
    }

    private async Task TakeInAsync(CancellationToken cancellationToken)
    {
        await using var node = await BenchNode.StartAsync(cancellationToken);
        await using var database = NpgsqlDataSource.Create(node.Database);
        var consents = await ConsentRows.PrepareAsync(node, database);
        await MeasureAsync([.. consents.Comparisons(), .. new Exports(node).Comparisons()], cancellationToken);
    }

    private async Task BreakAsync(CancellationToken cancellationToken)
    {
        await Console.Error.WriteLineAsync("gaps of calls, under faults");
        try
        {
            _all.AddRange(await GapRows.MeasureAsync(cancellationToken));
        }
        catch (Exception failure) when (failure is FaultException or TimeoutException)
        {
            _unmeasured.Add($"gaps: {failure.Message}");
        }
    }

    private async Task MeasureAsync(IEnumerable<Comparison> comparisons, CancellationToken cancellationToken)
    {
        foreach (var comparison in comparisons)
        {
            await Console.Error.WriteLineAsync($"{comparison.What}, against {comparison.Against}");
            _all.Add(await Measured.RunAsync(comparison, rounds, cancellationToken));
        }
    }

    private string JsonOf(string machine) => JsonSerializer.Serialize(
        new
        {
            machine,
            rows = _all.Select(row => new
            {
                what = row.Of.What,
                against = row.Of.Against,
                unit = row.Of.Unit,
                broker = row.Ours.All,
                rival = row.Rival?.All,
                ratio = row.Ratio,
                reach = row.Of.Reach?.Value,
                at_most = row.Of.Reach?.IsAtMost,
                reached = row.IsReached,
            }),
        },
        Indented);
}
