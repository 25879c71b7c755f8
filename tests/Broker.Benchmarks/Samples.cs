using System.Globalization;

namespace Broker.Benchmarks;

/// <summary>Some measurements of one thing.</summary>
internal sealed class Samples
{
    private readonly List<double> _all = [];

    /// <summary>Adds one.</summary>
    public void Add(double sample) => _all.Add(sample);

    /// <summary>The middle one; of an even number, the mean of the two.</summary>
    public double Median
    {
        get
        {
            var sorted = _all.Order().ToArray();
            return sorted.Length % 2 == 1 ? sorted[sorted.Length / 2] : (sorted[(sorted.Length / 2) - 1] + sorted[sorted.Length / 2]) / 2;
        }
    }

    /// <summary>The 99th percentile: the smallest that at least 99 in a hundred do not exceed.</summary>
    public double Percentile99 => _all.Order().ElementAt((int)Math.Ceiling(0.99 * _all.Count) - 1);

    /// <summary>All of them, in the order in which they were taken.</summary>
    public IReadOnlyList<double> All => _all;

    /// <summary>The median, and the spread behind it.</summary>
    public string Shown => string.Create(CultureInfo.InvariantCulture, $"{Show(Median)} ({Show(Min)}–{Show(Max)})");

    /// <summary>The least.</summary>
    public double Min => _all.Min();

    /// <summary>The most.</summary>
    public double Max => _all.Max();

    private static string Show(double value) => value.ToString(value < 100 ? "N2" : "N0", CultureInfo.InvariantCulture);
}
