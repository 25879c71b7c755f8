using Broker.Domain.Releases;

namespace Broker.Domain.Merges;

/// <summary>The rows of a merge in the order of its outputs: by user, then <see cref="RowKey"/>, then where they were added.</summary>
public static class MergeWalk
{
    /// <summary>Every row of every input, once.</summary>
    /// <param name="plan">The merge.</param>
    /// <param name="rows">The inputs' rows, in the plan's order.</param>
    public static IEnumerable<MergeRow> Over(MergePlan plan, IReadOnlyList<SegmentRows> rows)
    {
        var queue = new PriorityQueue<(int Input, int Row), (int User, RowKey Key, long Added, int Input)>();
        for (var input = 0; input < rows.Count; input++) Enqueue(input, 0);
        while (queue.TryDequeue(out var next, out var place))
        {
            yield return new MergeRow(next.Input, next.Row, place.User, plan.IsGone(plan.Inputs[next.Input], next.Row, place.User));
            Enqueue(next.Input, next.Row + 1);
        }

        void Enqueue(int input, int row)
        {
            if (row == rows[input].Count) return;
            queue.Enqueue((input, row), (rows[input].UserAt(row), rows[input].KeyAt(row), plan.Inputs[input].AddedAt(rows[input], row), input));
        }
    }
}

/// <summary>A row of a merge.</summary>
/// <param name="Input">The input's index.</param>
/// <param name="Row">The row in it.</param>
/// <param name="User">Whose it is.</param>
/// <param name="IsGone">Whether nothing but a remnant stays of it.</param>
public readonly record struct MergeRow(int Input, int Row, int User, bool IsGone);
