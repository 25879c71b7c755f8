using Broker.Protos.Log.V1;

namespace Broker.Auditor;

/// <summary>Neighbouring users, as they stand in events: gaps and extras.</summary>
internal static class Runs
{
    public static IEnumerable<(int First, int Last)> Of(UserRuns? runs, int start = 0)
    {
        if (runs is null) yield break;
        var end = start;
        for (var index = 0; index < runs.Gaps.Count; index++)
        {
            var first = end + runs.Gaps[index];
            var last = first + (index < runs.Extras.Count ? runs.Extras[index] : 0);
            yield return (first, last);
            end = last + 1;
        }
    }

    public static IEnumerable<int> UsersOf(UserRuns? runs) =>
        Of(runs).SelectMany(run => Enumerable.Range(run.First, Math.Max(0, run.Last - run.First + 1)));
}
