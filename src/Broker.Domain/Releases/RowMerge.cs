namespace Broker.Domain.Releases;

/// <summary>Merges rows of one user and kind that lie in several segments into the order of their keys.</summary>
internal static class RowMerge
{
    /// <summary>The same rows as runs in the order of their keys; the runs as they are when they lie in one segment.</summary>
    public static IEnumerable<RowRun> InOrder(List<RowRun> runs)
    {
        if (runs.Count < 2 || runs.TrueForAll(run => run.Segment == runs[0].Segment)) return runs;
        return Merge(runs);
    }

    private static List<RowRun> Merge(List<RowRun> runs)
    {
        var rows = new PriorityQueue<RowRun, RowKey>();
        foreach (var run in runs) rows.Enqueue(run, run.Segment.Rows.KeyAt(run.From));
        var merged = new List<RowRun>();
        while (rows.TryDequeue(out var run, out _))
        {
            Add(merged, run);
            if (run.Count > 1) rows.Enqueue(run with { From = run.From + 1 }, run.Segment.Rows.KeyAt(run.From + 1));
        }

        return merged;
    }

    private static void Add(List<RowRun> merged, RowRun next)
    {
        if (merged.Count > 0 && merged[^1].Segment == next.Segment && merged[^1].To == next.From)
            merged[^1] = merged[^1] with { To = next.From + 1 };
        else
            merged.Add(next with { To = next.From + 1 });
    }
}
