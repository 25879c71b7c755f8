using Broker.Client.Pulls;
using Broker.Protos.V1;

namespace Broker.Client.Recalls;

/// <summary>A recall that is being dealt with: what it covers, and what became of it so far.</summary>
internal sealed class RecallWork(Recall recall)
{
    private readonly HashSet<SliceId> _slices = [];
    private long _covered, _deleted, _deletedBefore, _elsewhere, _unnamed;

    public Recall Recall { get; } = recall;

    /// <summary>Whether something may lie where nobody looked.</summary>
    public bool IsIncomplete => _elsewhere > 0 || _unnamed > 0;

    /// <summary>Counts a covered record.</summary>
    /// <returns>The copy to delete, or null where nobody can say its id any more.</returns>
    public RecalledCopy? Cover(RecalledRecord record)
    {
        var slice = new SliceId(Recall.Partition, record.Round, record.Slice);
        _slices.Add(slice);
        _covered++;
        if (record.RecordId.Length > 0) return new(slice, record.Dataset, record.RecordId);
        _unnamed++;
        return null;
    }

    /// <summary>Counts what became of a copy.</summary>
    public void Count(RecalledCopy copy, RecallDeletion deletion)
    {
        if (deletion.Deleted.Contains(copy)) _deleted++;
        else if (deletion.NotHere.Contains(copy.Slice)) _elsewhere++;
        else _deletedBefore++;
    }

    /// <summary>The training runs that consumed some of it.</summary>
    public IEnumerable<TrainingRun> ConsumersAmong(IEnumerable<TrainingRun> runs) =>
        runs.Where(run => run.ConsumedSlices.Any(range => _slices.Any(range.Contains)));

    public RecallOutcome Answered(Recall recall) => new(recall, _covered, _deleted, _deletedBefore, _elsewhere, _unnamed, "");

    public RecallOutcome Open(string reason) => new(Recall, _covered, _deleted, _deletedBefore, _elsewhere, _unnamed, reason);

    /// <summary>Why it cannot be said to be deleted, for a person.</summary>
    public string WhatIsMissing => _elsewhere > 0
        ? $"{_elsewhere} of its records came in slices that are not here. Delete them where they are; then say that nothing lies elsewhere."
        : $"The ids of {_unnamed} of its records cannot be told any more. Make sure that they are deleted; then say that nothing lies elsewhere.";
}
