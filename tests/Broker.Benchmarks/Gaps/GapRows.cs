using Broker.Benchmarks.Comparisons;
using Broker.Faults;
using Broker.Faults.Faults;
using Broker.TestKit.Nodes;

namespace Broker.Benchmarks.Gaps;

/// <summary>How long calls wait when a silo of three dies or stands still: a short campaign of <c>Broker.Faults</c>, under its load and its judge.</summary>
internal static class GapRows
{
    private const int Seed = 1;
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(30);

    /// <summary>Kills a silo once and stops one once.</summary>
    /// <exception cref="BooksException">The judge found a promise broken.</exception>
    /// <exception cref="FaultException">A fault did not happen: nothing was measured.</exception>
    /// <exception cref="TimeoutException">The cluster did not come to rest: nothing was measured.</exception>
    public static async Task<IReadOnlyList<Measured>> MeasureAsync(CancellationToken cancellationToken)
    {
        using var root = new TemporaryDirectory();
        IFault[] faults = [new KillSilo(), new PauseSilo(Pause)];
        var report = await new Campaign(root.Path, Seed, static _ => { }).RunAsync(faults, TimeSpan.FromSeconds(1), cancellationToken);
        if (report.Verdict.Violations is [var first, ..]) throw new BooksException($"{report.Verdict.Violations.Count} violations under faults, first: {first.What}");
        return [
            RowOf("longest gap of calls after `kill -9` of one silo in three", "one kill, under load; Orleans' defaults gave 30 s where the design was tried", Reach.AtMost(5), report.Faults[0].LongestGap),
            RowOf("the same of withdrawals", "they wait for two leases after a take-over", null, report.Faults[0].LongestWithdrawalGap),
            RowOf("longest gap of calls after SIGSTOP", "one stop of 30 s; Orleans' defaults gave 83 s", Reach.AtMost(12), report.Faults[1].LongestGap),
            RowOf("the same of withdrawals", "they wait for two leases after a take-over", null, report.Faults[1].LongestWithdrawalGap),
        ];
    }

    private static Measured RowOf(string what, string against, Reach? reach, TimeSpan longest)
    {
        var gap = longest.TotalSeconds;
        var samples = new Samples();
        samples.Add(gap);
        return new Measured(new Comparison(what, against, "s", reach, _ => Task.FromResult(gap), null), samples, null);
    }
}
