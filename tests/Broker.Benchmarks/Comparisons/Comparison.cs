namespace Broker.Benchmarks.Comparisons;

/// <summary>Broker against a rival, in one unit and in the same run.</summary>
/// <param name="What">What Broker does.</param>
/// <param name="Against">What the rival does.</param>
/// <param name="Unit">The samples' unit.</param>
/// <param name="Reach">What the ratio of Broker to its rival is to reach.</param>
/// <param name="Ours">Takes a sample of Broker.</param>
/// <param name="Rival">Takes a sample of the rival, at its best settings.</param>
internal sealed record Comparison(
    string What, string Against, string Unit, Reach Reach, Func<CancellationToken, Task<double>> Ours, Func<CancellationToken, Task<double>> Rival);

/// <summary>A goal.</summary>
/// <param name="Ratio">The ratio that is to be reached.</param>
/// <param name="IsAtMost">Whether less is better: a time, or a size.</param>
internal readonly record struct Reach(double Ratio, bool IsAtMost)
{
    /// <summary>A rate: at least so many times the rival's.</summary>
    public static Reach AtLeast(double ratio) => new(ratio, IsAtMost: false);

    /// <summary>A time or a size: at most so many times the rival's.</summary>
    public static Reach AtMost(double ratio) => new(ratio, IsAtMost: true);

    /// <summary>Whether a ratio reaches it.</summary>
    public bool IsReachedBy(double ratio) => IsAtMost ? ratio <= Ratio : ratio >= Ratio;
}
