using Broker.Domain.Releases;

namespace Broker.Domain.Lineage;

/// <summary>One walk of a deal's pull over the partition, with a fixed interval of positions.</summary>
public sealed class PullRound(int number, long intervalFrom, long intervalTo)
{
    private readonly List<DeliveredSlice> _slices = [];
    private readonly List<(PullCursor From, PullCursor To)> _reopened = [];

    /// <summary>Its number in the deal and partition, from 1.</summary>
    public int Number { get; } = number;

    /// <summary>It covers what became available after this position.</summary>
    public long IntervalFrom { get; } = intervalFrom;

    /// <summary>It covers what became available up to this position.</summary>
    public long IntervalTo { get; } = intervalTo;

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

    internal RoundSnapshot Freeze() =>
        new(Number, IntervalFrom, IntervalTo, IsFinished, Cursor, [.. _reopened], [.. _slices.Select(slice => slice.Freeze())]);

    internal static PullRound Restore(RoundSnapshot snapshot)
    {
        var round = new PullRound(snapshot.Number, snapshot.IntervalFrom, snapshot.IntervalTo) { IsFinished = snapshot.IsFinished, Cursor = snapshot.Cursor };
        round._reopened.AddRange(snapshot.Reopened);
        round._slices.AddRange(snapshot.Slices.Select(DeliveredSlice.Restore));
        return round;
    }

    internal void Add(DeliveredSlice slice)
    {
        _slices.Add(slice);
        var (from, to) = (slice.Released.From, slice.Released.To);
        var index = _reopened.FindIndex(range => range.From <= from && from < range.To);
        if (index < 0) Cursor = to;
        else if (to < _reopened[index].To) _reopened[index] = (to, _reopened[index].To);
        else _reopened.RemoveAt(index);
    }

    internal void Reopen(DeliveredSlice dropped) => _reopened.Add((dropped.Released.From, dropped.Released.To));

    internal void Finish() => IsFinished = true;
}
