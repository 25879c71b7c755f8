using Broker.Benchmarks.Comparisons;

namespace Broker.Benchmarks.Pulls;

/// <summary>Pulls with every promise on.</summary>
internal static class PullComparisons
{
    /// <summary>Each of them.</summary>
    public static IEnumerable<Comparison> Of(PullWork work)
    {
        yield return new(
            "typed gRPC pull, every promise on, one user in ten withdrawn", "a bare gRPC stream of the same messages, same client", "MB/s", Reach.AtLeast(0.9),
            _ => work.PullAsync(), _ => work.StreamAsync());
    }
}
