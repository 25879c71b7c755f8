using Broker.Benchmarks.Comparisons;

namespace Broker.Benchmarks.Ledger;

/// <summary>Quota and consent on PostgreSQL.</summary>
internal static class LedgerComparisons
{
    private const int LatencyCalls = 500;
    private const int Seconds = 3;

    private static readonly TimeSpan Span = TimeSpan.FromSeconds(Seconds);

    // A deal asks its partitions about what is set aside for two leases, and these know nothing of what no pull asked for.
    private static readonly TimeSpan ShortSpan = TimeSpan.FromSeconds(1);

    /// <summary>Each of them.</summary>
    public static IEnumerable<Comparison> Of(LedgerWork work, PgBench pgbench)
    {
        const string Reservations = "durable reservations on one deal, 256 callers";
        var pgBench = $"`pgbench`: hot row with ledger row, one statement, prepared, its best of 1 to 32 clients ({pgbench.Clients})";
        yield return new(Reservations, pgBench, "/s", Reach.AtLeast(15), _ => ReserveAsync(), token => pgbench.RunAsync(Seconds, token));
        yield return new(
            Reservations, "one Orleans `WriteStateAsync` each, one grain", "/s", Reach.AtLeast(30), _ => ReserveAsync(), _ => LedgerWork.RateAsync(work.CountInStateAsync, ShortSpan));
        yield return new(
            "the same, each posted by its caller too: two durable entries", pgBench, "/s", null, _ => LedgerWork.RateAsync(work.ReserveAndPostAsync, Span), token => pgbench.RunAsync(Seconds, token));
        yield return new(
            "withdrawal acknowledged, no pull running, in-process caller, p99", "one Npgsql insert and commit, p99", "ms", Reach.AtMost(4),
            _ => LedgerWork.Percentile99Async(work.DecideAsync, LatencyCalls), _ => LedgerWork.Percentile99Async(work.InsertAsync, LatencyCalls));
        yield return new(
            "withdrawals, 256 callers", "one Orleans `WriteStateAsync` each, a grain for each user", "/s", Reach.AtLeast(3),
            _ => LedgerWork.RateAsync(work.DecideAsync, Span), _ => LedgerWork.RateAsync(work.DecideInStateAsync, Span));

        // What is set aside is posted before the next sample; that takes no part in it.
        async Task<double> ReserveAsync()
        {
            var rate = await LedgerWork.RateAsync(work.ReserveAsync, ShortSpan);
            await work.PostAsync();
            return rate;
        }
    }
}
