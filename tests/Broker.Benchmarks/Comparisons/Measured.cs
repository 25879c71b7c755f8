using System.Globalization;

namespace Broker.Benchmarks.Comparisons;

/// <summary>What a comparison gave.</summary>
internal sealed record Measured(Comparison Of, Samples Ours, Samples? Rival)
{
    /// <summary>Of the medians; null where there is no rival.</summary>
    public double? Ratio => Ours.Median / Rival?.Median;

    /// <summary>Whether the goal was reached, if there is one.</summary>
    public bool IsReached => Of.Reach is not { } reach || reach.IsReachedBy(Ratio ?? Ours.Median);

    /// <summary>Measures: rounds of both that warm up, for some seconds, then rounds of both in turn.</summary>
    /// <param name="comparison">What.</param>
    /// <param name="rounds">How many count.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public static async Task<Measured> RunAsync(Comparison comparison, int rounds, CancellationToken cancellationToken)
    {
        if (comparison.IsTimed) await WarmUp.RunAsync(() => RoundAsync(new Samples(), new Samples()));
        var (ours, rival) = (new Samples(), new Samples());
        for (var round = 0; round < rounds; round++) await RoundAsync(ours, rival);
        return new Measured(comparison, ours, comparison.Rival is null ? null : rival);

        async Task RoundAsync(Samples own, Samples other)
        {
            own.Add(await comparison.Ours(cancellationToken));
            if (comparison.Rival is { } sample) other.Add(await sample(cancellationToken));
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
                $"| {row.Of.What} | {row.Of.Against} | {row.Ours.Shown} {row.Of.Unit} | {(row.Rival is null ? "–" : $"{row.Rival.Shown} {row.Of.Unit}")} | {row.Ratio?.ToString("F2", CultureInfo.InvariantCulture) ?? "–"} | {row.Goal} |");
    }

    private string Goal => Of.Reach is { } reach
        ? string.Create(CultureInfo.InvariantCulture, $"{(reach.IsAtMost ? "≤" : "≥")} {reach.Value}{(Rival is null ? $" {Of.Unit}" : "")}{(IsReached ? "" : " **missed**")}")
        : "–";
}
