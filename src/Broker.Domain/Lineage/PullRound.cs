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

    /// <summary>The next range to select from: a dropped slice's range first, then the rest of the walk.</summary>
    public (PullCursor From, PullCursor To) NextRange => _reopened.Count > 0 ? _reopened[0] : (Cursor, PullCursor.End);

    /// <summary>The slice of that number, or null.</summary>
    public DeliveredSlice? Slice(int number) => number >= 1 && number <= _slices.Count ? _slices[number - 1] : null;

    internal void Add(DeliveredSlice slice)
    {
        _slices.Add(slice);
        var to = slice.Released.To;
        if (_reopened.Count == 0)
        {
            Cursor = to;
            return;
        }

        var (_, end) = _reopened[0];
        if (to < end) _reopened[0] = (to, end);
        else _reopened.RemoveAt(0);
    }

    internal void Reopen(DeliveredSlice dropped) => _reopened.Add((dropped.Released.From, dropped.Released.To));

    internal void Finish() => IsFinished = true;

    /// <summary>Whether a range must still be walked before the rest.</summary>
    public bool HasReopenedRange => _reopened.Count > 0;
}
