using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;
using Broker.Benchmarks.Comparisons;

namespace Broker.Benchmarks.Growth;

/// <summary>What a pull, memory and a start cost as records and users become more.</summary>
internal static class GrowthTable
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };
    private static readonly (int Records, int Users)[] Sizes = [(100_000, 10_000), (1_000_000, 10_000), (10_000_000, 10_000), (100_000, 1_000_000), (1_000_000, 1_000_000), (10_000_000, 1_000_000)];

    /// <summary>Measures each size on a node of its own.</summary>
    /// <param name="rounds">Pulls that count; the median is told.</param>
    /// <param name="json">A file for the table as JSON, or null.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The table, as Markdown.</returns>
    /// <exception cref="BooksException">What was charged is not what came.</exception>
    public static async Task<IReadOnlyList<string>> RunAsync(int rounds, string? json, CancellationToken cancellationToken)
    {
        var rows = new List<GrowthRow>();
        foreach (var (records, users) in Sizes)
        {
            await Console.Error.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"{records:N0} records of {users:N0} users"));
            rows.Add(await MeasureAsync(records, users, rounds, cancellationToken));
            await Console.Error.WriteLineAsync(LineOf(rows[^1])); // a run that is given up has told what it knew
        }

        var machine = $"{Environment.ProcessorCount} cores, {RuntimeInformation.OSDescription}, .NET {Environment.Version}; median of {rounds} pulls of everything";
        if (json is not null) await File.WriteAllTextAsync(json, JsonSerializer.Serialize(new { machine, rows }, Indented), cancellationToken);
        return [
            machine, "", "| records | users | processor time for a record | records a second | heap after GC | working set | partitions taken up in |", "|---|---|---|---|---|---|---|",
            .. rows.Select(LineOf),
        ];
    }

    private static string LineOf(GrowthRow row) => string.Create(
        CultureInfo.InvariantCulture,
        $"| {row.Records:N0} | {row.Users:N0} | {row.CostMicroseconds:F2} µs | {row.RecordsPerSecond:N0} | {row.HeapBytes / 1e6:N0} MB | {row.WorkingSetBytes / 1e6:N0} MB | {row.TakeUpSeconds:F2} s |");

    private static async Task<GrowthRow> MeasureAsync(int records, int users, int rounds, CancellationToken cancellationToken)
    {
        await using var node = await GrownNode.StartAsync(records, users, cancellationToken);
        var (cost, rate) = (new Samples(), new Samples());
        await WarmUp.RunAsync(node.PullAsync);
        for (var round = 0; round < rounds; round++)
        {
            var pull = await node.PullAsync();
            cost.Add(pull.Cost);
            rate.Add(pull.Rate);
        }

        await node.AuditAsync(cancellationToken);
        var takeUp = await node.TakeUpAsync(cancellationToken);
        var heap = GC.GetTotalMemory(forceFullCollection: true); // of the whole process: what lives of the size before it varies
        return new GrowthRow(records, users, cost.Median, rate.Median, heap, Process.GetCurrentProcess().WorkingSet64, takeUp.TotalSeconds);
    }

    private sealed record GrowthRow(int Records, int Users, double CostMicroseconds, double RecordsPerSecond, long HeapBytes, long WorkingSetBytes, double TakeUpSeconds);
}
