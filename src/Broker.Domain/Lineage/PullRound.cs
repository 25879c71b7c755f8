using System.Collections.Immutable;
using Broker.Domain.Partitions;
using Broker.Domain.Releases;

namespace Broker.Domain.Lineage;

/// <summary>One walk of a deal's pull over the partition, with a fixed interval of positions, over what its filter admits.</summary>
/// <remarks>
/// A round without a filter covers everything up to its bound. One with a filter covers what the filter admits, and nothing else: what it
/// leaves out is due to a later round as if it had not been. So what a round holds of a record depends on the rounds before it: it is what became
/// available after the newest bound under which the record was offered already, and up to its own.
/// </remarks>
/// <param name="number">Its number in the deal and partition, from 1.</param>
/// <param name="intervalFrom">The position up to which everything that its filter admits was offered before.</param>
/// <param name="intervalTo">Its bound.</param>
/// <param name="filter">What it asks for; null for all of the scope.</param>
/// <param name="before">What rounds with a filter have offered beyond <paramref name="intervalFrom"/>.</param>
public sealed class PullRound(int number, long intervalFrom, long intervalTo, PullFilter? filter = null, ImmutableArray<PullCover> before = default)
{
    private readonly ImmutableArray<PullCover> _before = before.IsDefault ? [] : before;
    private readonly List<DeliveredSlice> _slices = [];

    // Those that were not dropped, in the order of the walk: they share no row, so that a user's are found without looking at the others.
    private readonly List<DeliveredSlice> _kept = [];
    private readonly List<(PullCursor From, PullCursor To)> _reopened = [];

    /// <summary>Its number in the deal and partition, from 1.</summary>
    public int Number { get; } = number;

    /// <summary>It covers what became available after this position.</summary>
    public long IntervalFrom { get; } = intervalFrom;

    /// <summary>It covers what became available up to this position.</summary>
    public long IntervalTo { get; } = intervalTo;

    /// <summary>What it asks for.</summary>
    public PullFilter Filter { get; } = filter ?? PullFilter.Everything;

    /// <summary>Whether its walk reached the end and nothing of it is unsent.</summary>
    public bool IsFinished { get; private set; }

    /// <summary>How far the walk has come.</summary>
    public PullCursor Cursor { get; private set; } = PullCursor.Start;

    /// <summary>Every slice; number n is at index n − 1.</summary>
    public IReadOnlyList<DeliveredSlice> Slices => _slices;

    /// <summary>The ranges that are still to be walked: those of dropped slices first, then the rest.</summary>
    public IEnumerable<(PullCursor From, PullCursor To)> Ranges => _reopened.Append((Cursor, PullCursor.End));

    /// <summary>The slice of that number, or null.</summary>
    public DeliveredSlice? Slice(int number) => number >= 1 && number <= _slices.Count ? _slices[number - 1] : null;

    /// <summary>The slices among which a user's records are, oldest first; dropped ones delivered nothing.</summary>
    /// <param name="user">The user's number.</param>
    public IEnumerable<DeliveredSlice> SlicesOf(int user)
    {
        var first = FirstKept(slice => slice.Released.To.User < user);
        var end = first;
        while (end < _kept.Count && _kept[end].Released.From.NextUser <= user) end++;
        var slices = _kept.GetRange(first, end - first);
        // Where a dropped slice's place was walked again, what comes first in the walk may have left last.
        return slices.Count < 2 ? slices : slices.OrderBy(slice => slice.Released.Number);
    }

    /// <summary>Whether it may hold any record of a segment.</summary>
    public bool MayHold(SegmentInfo segment) => Filter.AdmitsAny(segment.Dataset, segment.Kind);

    /// <summary>Whether what it holds of a segment is to be decided row by row.</summary>
    public bool LooksAtRows(SegmentInfo segment) =>
        Filter.LooksAtRows || _before.Any(cover => cover.Filter.LooksAtRows && cover.Filter.AdmitsAny(segment.Dataset, segment.Kind));

    /// <summary>The position after which records of a segment must have become available for this round to hold them, where it does not
    /// look at rows; null where its filter leaves the segment out.</summary>
    public long? AfterOf(PartitionSegment segment) => AfterOf(filter => filter.AdmitsAny(segment.Info.Dataset, segment.Info.Kind));

    /// <summary>The position after which a record must have become available for this round to hold it; null where its filter leaves it out.</summary>
    public long? AfterOf(PartitionSegment segment, int row)
    {
        if (Filter.IsEverything && _before.IsEmpty) return IntervalFrom;
        var (language, createdAt) = (segment.Rows.LanguageAt(row), segment.Rows.KeyAt(row).CreatedAtMs);
        return AfterOf(filter => filter.Admits(segment.Info.Dataset, segment.Info.Kind, language, createdAt));
    }

    internal RoundSnapshot Freeze() => new(
        Number, IntervalFrom, IntervalTo, IsFinished, Cursor, [.. _reopened], [.. _slices.Select(slice => slice.Freeze())], Filter.IsEverything ? null : Filter);

    internal static PullRound Restore(RoundSnapshot snapshot, ImmutableArray<PullCover> before)
    {
        var round = new PullRound(snapshot.Number, snapshot.IntervalFrom, snapshot.IntervalTo, snapshot.Filter, before) { IsFinished = snapshot.IsFinished, Cursor = snapshot.Cursor };
        round._reopened.AddRange(snapshot.Reopened);
        foreach (var slice in snapshot.Slices.Select(DeliveredSlice.Restore))
        {
            round._slices.Add(slice);
            if (slice.Outcome != SliceOutcome.Dropped) round.Keep(slice);
        }

        return round;
    }

    internal void Add(DeliveredSlice slice)
    {
        _slices.Add(slice);
        Keep(slice);
        var (from, to) = (slice.Released.From, slice.Released.To);
        var index = _reopened.FindIndex(range => range.From <= from && from < range.To);
        if (index < 0) Cursor = to;
        else if (to < _reopened[index].To) _reopened[index] = (to, _reopened[index].To);
        else _reopened.RemoveAt(index);
    }

    internal void Reopen(DeliveredSlice dropped)
    {
        _kept.Remove(dropped);
        _reopened.Add((dropped.Released.From, dropped.Released.To));
    }

    internal void Finish() => IsFinished = true;

    private void Keep(DeliveredSlice slice) => _kept.Insert(FirstKept(kept => kept.Released.To < slice.Released.To), slice);

    /// <summary>The first kept slice that is not passed over, where those that are come first.</summary>
    private int FirstKept(Func<DeliveredSlice, bool> isPassedOver)
    {
        int low = 0, high = _kept.Count;
        while (low < high)
        {
            var middle = (low + high) >> 1;
            if (isPassedOver(_kept[middle])) low = middle + 1;
            else high = middle;
        }

        return low;
    }

    private long? AfterOf(Func<PullFilter, bool> admits)
    {
        if (!admits(Filter)) return null;
        var after = IntervalFrom;
        foreach (var cover in _before)
            if (cover.UpTo > after && admits(cover.Filter))
                after = cover.UpTo;
        return after;
    }
}
