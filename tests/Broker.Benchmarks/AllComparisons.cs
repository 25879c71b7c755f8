using System.Runtime.InteropServices;
using System.Text.Json;
using Broker.Benchmarks.Comparisons;
using Broker.Benchmarks.Flights;
using Broker.Benchmarks.Ledger;
using Broker.Benchmarks.Nodes;
using Broker.Benchmarks.Pulls;

namespace Broker.Benchmarks;

/// <summary>Every comparison, one after another, on one node.</summary>
internal static class AllComparisons
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    /// <summary>Measures all, and compares the books.</summary>
    /// <param name="rounds">Of each; the median counts.</param>
    /// <param name="json">A file for the table as JSON, or null.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The table, as Markdown.</returns>
    /// <exception cref="BooksException">What was charged is not what came.</exception>
    public static async Task<IReadOnlyList<string>> RunAsync(int rounds, string? json, CancellationToken cancellationToken)
    {
        await using var node = await BenchNode.StartAsync(cancellationToken);
        await using var ledger = await LedgerWork.PrepareAsync(node);
        var pgbench = await PgBench.PrepareAsync(node.Database, node.Root, cancellationToken);
        var all = new List<Measured>();
        // The ledger's first, in partitions that hold nothing yet: what pulls leave behind (a million records, a lineage for each deal) is looked through by each withdrawal.
        await MeasureAsync(LedgerComparisons.Of(ledger, pgbench));
        await ledger.CheckAsync();
        var released = await ReleasedRecords.PrepareAsync(node, cancellationToken);
        await using var pulls = await PullWork.PrepareAsync(released, cancellationToken);
        await using var flights = await FlightWork.PrepareAsync(released, cancellationToken);
        await MeasureAsync(FlightComparisons.Of(flights).Concat(PullComparisons.Of(pulls)));
        var machine = $"{Environment.ProcessorCount} cores, {RuntimeInformation.OSDescription}, .NET {Environment.Version}; median of {rounds} rounds, both in turn (least–most)";
        if (json is not null) await File.WriteAllTextAsync(json, JsonOf(machine, all), cancellationToken);
        return [machine, "", .. Measured.TableOf(all)];

        async Task MeasureAsync(IEnumerable<Comparison> comparisons)
        {
            foreach (var comparison in comparisons)
            {
                await Console.Error.WriteLineAsync($"{comparison.What}, against {comparison.Against}");
                all.Add(await Measured.RunAsync(comparison, rounds, cancellationToken));
            }
        }
    }

    private static string JsonOf(string machine, IEnumerable<Measured> all) => JsonSerializer.Serialize(
        new
        {
            machine,
            rows = all.Select(row => new
            {
                what = row.Of.What,
                against = row.Of.Against,
                unit = row.Of.Unit,
                broker = row.Ours.All,
                rival = row.Rival.All,
                ratio = row.Ratio,
                reach = row.Of.Reach.Ratio,
                at_most = row.Of.Reach.IsAtMost,
                reached = row.IsReached,
            }),
        },
        Indented);
}
