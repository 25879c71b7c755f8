using System.Diagnostics;
using System.Globalization;

namespace Broker.Benchmarks.Comparisons;

/// <summary>What a comparison gave.</summary>
internal sealed record Measured(Comparison Of, Samples Ours, Samples Rival)
{
    /// <summary>Of the medians.</summary>
    public double Ratio => Ours.Median / Rival.Median;

    /// <summary>Whether the goal was reached.</summary>
    public bool IsReached => Of.Reach.IsReachedBy(Ratio);

    // A method is compiled to its best only after it has run often and for a while: the first rounds of a pull give a third of what later ones do.
    private const int WarmUpsMin = 2;
    private const int WarmUpsMax = 20;
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(8);

    /// <summary>Measures: rounds of both that warm up, for some seconds, then rounds of both in turn.</summary>
    /// <param name="comparison">What.</param>
    /// <param name="rounds">How many count.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public static async Task<Measured> RunAsync(Comparison comparison, int rounds, CancellationToken cancellationToken)
    {
        var (ours, rival) = (new Samples(), new Samples());
        var began = Stopwatch.GetTimestamp();
        for (var round = 0; round < WarmUpsMin || (round < WarmUpsMax && Stopwatch.GetElapsedTime(began) < WarmUp); round++)
            await RoundAsync();
        (ours, rival) = (new Samples(), new Samples());
        for (var round = 0; round < rounds; round++) await RoundAsync();

        return new Measured(comparison, ours, rival);

        async Task RoundAsync()
        {
            ours.Add(await comparison.Ours(cancellationToken));
            rival.Add(await comparison.Rival(cancellationToken));
        }
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
