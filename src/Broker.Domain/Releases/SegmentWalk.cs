using Broker.Domain.Partitions;

namespace Broker.Domain.Releases;

/// <summary>A walk over one segment's users.</summary>
internal sealed class SegmentWalk(PartitionSegment segment, int row)
{
    public PartitionSegment Segment { get; } = segment;

    /// <summary>The position after which its records must have become available, where they are not looked at row by row.</summary>
    public long After { get; init; }

    /// <summary>Whether its rows are looked at one by one.</summary>
    public bool LooksAtRows { get; init; }

    /// <summary>The walk's place.</summary>
    public int Row { get; private set; } = row;

    /// <summary>The user at the walk's place; <see cref="int.MaxValue"/> at the end.</summary>
    public int User { get; private set; } = row < segment.Rows.Count ? segment.Rows.UserAt(row) : int.MaxValue;

    /// <summary>The user's rows that lie after <paramref name="from"/> and not after <paramref name="to"/>.</summary>
    public (int First, int End) RowsOf(int user, PullCursor from, PullCursor to)
    {
        var end = Segment.Rows.EndOfUserAt(Row);
        var first = from.User == user ? FirstAfter(Row, end, from.Key) : Row;
        var last = to.User == user ? FirstAfter(first, end, to.Key) : end;
        return (first, last);
    }

    public void SkipUser(int user)
    {
        if (User == user) SkipTo(Segment.Rows.EndOfUserAt(Row));
    }

    /// <summary>Goes on at a row where a user's rows begin, or at the end.</summary>
    public void SkipTo(int row)
    {
        Row = row;
        User = UserAt(row);
    }

    /// <summary>A row's user; <see cref="int.MaxValue"/> behind the last.</summary>
    public int UserAt(int row) => row < Segment.Rows.Count ? Segment.Rows.UserAt(row) : int.MaxValue;

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
