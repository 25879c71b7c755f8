using Broker.Protos.Log.V1;

namespace Broker.Auditor.Partitions;

/// <summary>A round of a pull: its interval, its slices, and the ranges that are still to be walked.</summary>
internal sealed class Round(int number, long intervalFrom, long intervalTo)
{
    private readonly List<Slice> _slices = [];
    private readonly List<(Cursor From, Cursor To)> _open = [(Cursor.Start, Cursor.End)];

    public int Number { get; } = number;

    public long IntervalFrom { get; } = intervalFrom;

    public long IntervalTo { get; } = intervalTo;

    public bool IsFinished { get; set; }

    public IReadOnlyList<Slice> Slices => _slices;

    /// <summary>The ranges that no slice has covered yet, or whose slice was dropped.</summary>
    public IReadOnlyList<(Cursor From, Cursor To)> Open => _open;

    public Slice? Find(int number) => number >= 1 && number <= _slices.Count ? _slices[number - 1] : null;

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
