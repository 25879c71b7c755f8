using Broker.Protos.Log.V1;

namespace Broker.Auditor.Partitions;

/// <summary>A round of a pull: its interval, its slices, and the ranges that are still to be walked.</summary>
/// <param name="number">Its number, from 1.</param>
/// <param name="intervalFrom">Where its interval starts, as its entry says.</param>
/// <param name="intervalTo">The position of its entry.</param>
/// <param name="filter">What it asks for.</param>
/// <param name="before">The filters of the rounds before it, and the positions up to which each offered what it admits.</param>
internal sealed class Round(int number, long intervalFrom, long intervalTo, RoundFilter filter, IReadOnlyList<(RoundFilter Filter, long UpTo)> before)
{
    private readonly List<Slice> _slices = [];
    private readonly List<(Cursor From, Cursor To)> _open = [(Cursor.Start, Cursor.End)];

    public int Number { get; } = number;

    public long IntervalFrom { get; } = intervalFrom;

    public long IntervalTo { get; } = intervalTo;

    public RoundFilter Filter { get; } = filter;

    public bool IsFinished { get; set; }

    public IReadOnlyList<Slice> Slices => _slices;

    /// <summary>The ranges that no slice has covered yet, or whose slice was dropped.</summary>
    public IReadOnlyList<(Cursor From, Cursor To)> Open => _open;

    public Slice? Find(int number) => number >= 1 && number <= _slices.Count ? _slices[number - 1] : null;

    /// <summary>Whether a row that became available at a position is one of this round's: its filter admits it, and no round before offered it.</summary>
    public bool Holds(PlacedRow row, long available) =>
        available > IntervalFrom && available <= IntervalTo
        && Filter.Admits(row)
        && !before.Any(earlier => available <= earlier.UpTo && earlier.Filter.Admits(row));

    /// <summary>Takes the slice's range out of what is still open; false where it does not start where an open range starts, or leaves it.</summary>
    public bool TryTake(Slice slice)
    {
        var index = _open.FindIndex(range => range.From == slice.From);
        if (index < 0 || slice.To.CompareTo(slice.From) <= 0 || slice.To.CompareTo(_open[index].To) > 0) return false;
        if (slice.To == _open[index].To) _open.RemoveAt(index);
        else _open[index] = (slice.To, _open[index].To);
        return true;
    }

    public void Add(Slice slice) => _slices.Add(slice);

    public void Drop(Slice slice)
    {
        slice.Settle(SliceOutcome.Dropped, slice.SettledPosition);
        _open.Insert(0, (slice.From, slice.To));
    }
}
