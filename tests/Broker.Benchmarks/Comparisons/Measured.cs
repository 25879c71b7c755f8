using System.Globalization;

namespace Broker.Benchmarks.Comparisons;

/// <summary>What a comparison gave.</summary>
internal sealed record Measured(Comparison Of, Samples Ours, Samples Rival)
{
    /// <summary>Of the medians.</summary>
    public double Ratio => Ours.Median / Rival.Median;

    /// <summary>Whether the goal was reached.</summary>
    public bool IsReached => Of.Reach.IsReachedBy(Ratio);

    /// <summary>Measures: a round that warms up, then rounds of both in turn.</summary>
    /// <param name="comparison">What.</param>
    /// <param name="rounds">How many count.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public static async Task<Measured> RunAsync(Comparison comparison, int rounds, CancellationToken cancellationToken)
    {
        var (ours, rival) = (new Samples(), new Samples());
        for (var round = -1; round < rounds; round++)
        {
            var (own, other) = (await comparison.Ours(cancellationToken), await comparison.Rival(cancellationToken));
            if (round < 0) continue;
            ours.Add(own);
            rival.Add(other);
        }

        return new Measured(comparison, ours, rival);
    }

    /// <summary>The table, as Markdown.</summary>
    public static IEnumerable<string> TableOf(IEnumerable<Measured> all)
    {
        yield return "| what | against | Broker | rival | ratio | reach |";
        yield return "|---|---|---|---|---|---|";
        foreach (var row in all)
            yield return string.Create(
                CultureInfo.InvariantCulture,
                $"| {row.Of.What} | {row.Of.Against} | {row.Ours.Shown} {row.Of.Unit} | {row.Rival.Shown} {row.Of.Unit} | {row.Ratio:F2} | {(row.Of.Reach.IsAtMost ? "≤" : "≥")} {row.Of.Reach.Ratio}{(row.IsReached ? "" : " **missed**")} |");
    }
}
