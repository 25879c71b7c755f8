using Broker.Benchmarks.Comparisons;

namespace Broker.Benchmarks.Ledger;

/// <summary>Quota and consent on PostgreSQL.</summary>
internal static class LedgerComparisons
{
    private const int LatencyCalls = 500;
    private const int Seconds = 3;

    private static readonly TimeSpan Span = TimeSpan.FromSeconds(Seconds);

    /// <summary>Each of them.</summary>
    public static IEnumerable<Comparison> Of(LedgerWork work, PgBench pgbench)
    {
        Func<CancellationToken, Task<double>> reservations = _ => LedgerWork.RateAsync(work.ReserveAsync, Span);
        yield return new(
            "durable reservations on one deal, each set aside and posted, 256 callers", $"`pgbench`: hot row with ledger row, one statement, prepared, its best of 1 to 32 clients ({pgbench.Clients})",
            "/s", Reach.AtLeast(15), reservations, token => pgbench.RunAsync(Seconds, token));
        yield return new(
            "the same", "one Orleans `WriteStateAsync` each, one grain", "/s", Reach.AtLeast(30), reservations, _ => LedgerWork.RateAsync(work.CountInStateAsync, Span));
        yield return new(
            "withdrawal acknowledged, no pull running, in-process caller, p99", "one Npgsql insert and commit, p99", "ms", Reach.AtMost(4),
            _ => LedgerWork.Percentile99Async(work.DecideAsync, LatencyCalls), _ => LedgerWork.Percentile99Async(work.InsertAsync, LatencyCalls));
        yield return new(
            "withdrawals, 256 callers", "one Orleans `WriteStateAsync` each, a grain for each user", "/s", Reach.AtLeast(3),
            _ => LedgerWork.RateAsync(work.DecideAsync, Span), _ => LedgerWork.RateAsync(work.DecideInStateAsync, Span));
    }
}
