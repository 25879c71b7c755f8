using Broker.Benchmarks.Comparisons;

namespace Broker.Benchmarks.Growth;

/// <summary>The same records of a hundred times the users: shorter runs, and a consent to look at for each of them.</summary>
internal static class UserGrowth
{
    /// <summary>Records.</summary>
    public const int Records = 300_000;

    /// <summary>Users, at first.</summary>
    public const int Users = 1_500;

    /// <summary>How many times the users.</summary>
    public const int Times = 100;

    /// <summary>The comparison.</summary>
    public static Comparison Of(GrownNode few, GrownNode many) => new(
        "processor time for a released record, 300,000 records of 150,000 users", "the same records of 1,500 users", "µs", Reach.AtMost(1.1), _ => CostAsync(many), _ => CostAsync(few));

    private static async Task<double> CostAsync(GrownNode node) => (await node.PullAsync()).Cost;
}
