using Broker.Protos.V1;

namespace Broker.Client.Recalls;

/// <summary>Up to where the feed was dealt with: a partition's cursor never passes a recall that is still open.</summary>
internal sealed class RecallCursors(IReadOnlyDictionary<int, int> start)
{
    private readonly Dictionary<int, int> _numbers = start.ToDictionary();
    private readonly HashSet<int> _stopped = [];

    public IReadOnlyDictionary<int, int> Numbers => _numbers;

    /// <summary>Goes on past a page whose recalls were all dealt with or left open.</summary>
    public void Advance(IEnumerable<RecallCursor> pageEnd, IEnumerable<RecallOutcome> outcomes)
    {
        foreach (var outcome in outcomes)
            if (!outcome.IsAnswered) _stopped.Add(outcome.Recall.Partition);
            else if (!_stopped.Contains(outcome.Recall.Partition)) _numbers[outcome.Recall.Partition] = outcome.Recall.Number;
        foreach (var end in pageEnd)
            if (!_stopped.Contains(end.Partition)) _numbers[end.Partition] = end.Number;
    }
}
