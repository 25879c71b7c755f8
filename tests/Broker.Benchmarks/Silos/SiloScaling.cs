using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;

namespace Broker.Benchmarks.Silos;

/// <summary>What one, two and three silos do on this machine. Each number of silos is the others' rival: rounds of all three alternate, and what
/// counts is the ratio to one silo in the same run.</summary>
internal static class SiloScaling
{
    private static readonly int[] Sizes = [1, 2, 3];

    private static readonly (string Name, Func<MeasuredCluster, int, Task> Act)[] Works =
    [
        ("grain calls", (cluster, caller) => cluster.CallAsync(caller)),
        ("reservations, set aside and posted", (cluster, caller) => cluster.ReserveAsync(caller)),
        ("withdrawals and grants", (cluster, caller) => cluster.DecideAsync(caller)),
    ];

    /// <summary>Measures.</summary>
    /// <param name="rounds">Of each work on each cluster; the median counts.</param>
    /// <param name="span">How long one lasts.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The table, as Markdown.</returns>
    /// <exception cref="BooksException">What was posted is not what the deals say.</exception>
    public static async Task<IReadOnlyList<string>> RunAsync(int rounds, TimeSpan span, CancellationToken cancellationToken)
    {
        var clusters = new List<MeasuredCluster>();
        try
        {
            foreach (var size in Sizes) clusters.Add(await MeasuredCluster.StartAsync(size, cancellationToken));
            var samples = Works.SelectMany(work => clusters.Select(cluster => (work.Name, cluster.Silos))).ToDictionary(key => key, _ => new Samples());
            for (var round = -1; round < rounds; round++) // the first warms up
            {
                foreach (var work in Works)
                {
                    foreach (var cluster in clusters)
                    {
                        var rate = await RateAsync(caller => work.Act(cluster, caller), span);
                        if (round >= 0) samples[(work.Name, cluster.Silos)].Add(rate);
                    }
                }
            }

            foreach (var cluster in clusters) await cluster.CheckAsync();
            return [.. TableOf(samples, rounds, span)];
        }
        finally
        {
            foreach (var cluster in clusters) await cluster.DisposeAsync();
        }
    }

    private static async Task<double> RateAsync(Func<int, Task> act, TimeSpan span)
    {
        var done = 0L;
        var began = Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, MeasuredCluster.Callers).Select(caller => Task.Run(async () =>
        {
            while (Stopwatch.GetElapsedTime(began) < span)
            {
                await act(caller);
                Interlocked.Increment(ref done);
            }
        })));
        return done / Stopwatch.GetElapsedTime(began).TotalSeconds;
    }

    private static IEnumerable<string> TableOf(Dictionary<(string Work, int Silos), Samples> samples, int rounds, TimeSpan span)
    {
        yield return string.Create(CultureInfo.InvariantCulture, $"{Environment.ProcessorCount} cores, {RuntimeInformation.OSDescription}, .NET {Environment.Version}; {MeasuredCluster.Callers} callers; median of {rounds} rounds of {span.TotalSeconds:F0} s, alternating (least–most)");
        yield return "";
        yield return $"| a second | {string.Join(" | ", Sizes.Select(size => size == 1 ? "1 silo" : $"{size} silos"))} |";
        yield return $"|---|{string.Concat(Sizes.Select(_ => "---|"))}";
        foreach (var (work, _) in Works)
        {
            var one = samples[(work, 1)].Median;
            yield return $"| {work} | {string.Join(" | ", Sizes.Select(size => CellOf(samples[(work, size)], one, size)))} |";
        }
    }

    private static string CellOf(Samples samples, double one, int size) => string.Create(
        CultureInfo.InvariantCulture,
        $"{samples.Median:N0} ({samples.Min:N0}–{samples.Max:N0}){(size == 1 ? "" : $", × {samples.Median / one:F2}")}");
}
