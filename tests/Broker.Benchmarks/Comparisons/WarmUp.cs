using System.Diagnostics;

namespace Broker.Benchmarks.Comparisons;

/// <summary>What is done before anything counts.</summary>
internal static class WarmUp
{
    // A method is compiled to its best only after it has run often and for a while: the first rounds of a pull give a third of what later ones do.
    private const int RoundsMin = 2;
    private const int RoundsMax = 20;
    private static readonly TimeSpan Span = TimeSpan.FromSeconds(8);

    /// <summary>Rounds for some seconds.</summary>
    public static async Task RunAsync(Func<Task> round)
    {
        var began = Stopwatch.GetTimestamp();
        for (var done = 0; done < RoundsMin || (done < RoundsMax && Stopwatch.GetElapsedTime(began) < Span); done++) await round();
    }
}
