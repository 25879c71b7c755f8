using Broker.Domain.Partitions;

namespace Broker.Domain.Releases;

/// <summary>A walk over one segment's users.</summary>
internal sealed class SegmentWalk(PartitionSegment segment, int row)
{
    private int _row = row;

    public PartitionSegment Segment { get; } = segment;

    /// <summary>The position after which its records must have become available, where they are not looked at row by row.</summary>
    public long After { get; init; }

    /// <summary>Whether its rows are looked at one by one.</summary>
    public bool LooksAtRows { get; init; }

    /// <summary>The user at the walk's place; <see cref="int.MaxValue"/> at the end.</summary>
    public int User { get; private set; } = row < segment.Rows.Count ? segment.Rows.UserAt(row) : int.MaxValue;

    /// <summary>The user's rows that lie after <paramref name="from"/> and not after <paramref name="to"/>.</summary>
    public (int First, int End) RowsOf(int user, PullCursor from, PullCursor to)
    {
        var end = EndOf(user);
        var first = from.User == user ? FirstAfter(_row, end, from.Key) : _row;
        var last = to.User == user ? FirstAfter(first, end, to.Key) : end;
        return (first, last);
    }

    public void SkipUser(int user)
    {
        if (User != user) return;
        _row = EndOf(user);
        User = _row < Segment.Rows.Count ? Segment.Rows.UserAt(_row) : int.MaxValue;
    }

    /// <summary>The first row after the user's, found in steps that double: a user's rows are few and near.</summary>
    private int EndOf(int user)
    {
        int low = _row, step = 1;
        while (low + step < Segment.Rows.Count && Segment.Rows.UserAt(low + step) <= user)
        {
            low += step;
            step <<= 1;
        }

        var high = Math.Min(low + step, Segment.Rows.Count);
        while (low < high)
        {
            var middle = (int)(((uint)low + (uint)high) >> 1);
            if (Segment.Rows.UserAt(middle) <= user) low = middle + 1;
            else high = middle;
        }

        return low;
    }

    private int FirstAfter(int from, int to, RowKey key)
    {
        int low = from, high = to;
        while (low < high)
        {
            var middle = (int)(((uint)low + (uint)high) >> 1);
            if (Segment.Rows.KeyAt(middle) <= key) low = middle + 1;
            else high = middle;
        }

        return low;
    }
}
