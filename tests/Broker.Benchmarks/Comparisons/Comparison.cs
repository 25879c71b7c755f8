namespace Broker.Benchmarks.Comparisons;

/// <summary>Broker against a rival, in one unit and in the same run; or Broker alone, where a number by itself is the goal.</summary>
/// <param name="What">What Broker does.</param>
/// <param name="Against">What the rival does; what else is to be said where there is none.</param>
/// <param name="Unit">The samples' unit.</param>
/// <param name="Reach">What the ratio of Broker to its rival is to reach, or the number itself; null where it is only told.</param>
/// <param name="Ours">Takes a sample of Broker.</param>
/// <param name="Rival">Takes a sample of the rival, at its best settings; null where there is none.</param>
internal sealed record Comparison(
    string What, string Against, string Unit, Reach? Reach, Func<CancellationToken, Task<double>> Ours, Func<CancellationToken, Task<double>>? Rival)
{
    /// <summary>Whether it takes time that a warm-up changes; a size does not.</summary>
    public bool IsTimed => Unit != "B";
}

/// <summary>A goal.</summary>
/// <param name="Value">The ratio, or the number, that is to be reached.</param>
/// <param name="IsAtMost">Whether less is better: a time, or a size.</param>
internal readonly record struct Reach(double Value, bool IsAtMost)
{
    /// <summary>A rate: at least so many times the rival's.</summary>
    public static Reach AtLeast(double value) => new(value, IsAtMost: false);

    /// <summary>A time or a size: at most so many times the rival's, or so much.</summary>
    public static Reach AtMost(double value) => new(value, IsAtMost: true);

    /// <summary>Whether a value reaches it.</summary>
    public bool IsReachedBy(double value) => IsAtMost ? value <= Value : value >= Value;
}
