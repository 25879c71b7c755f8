using Broker.Domain.Recalls;

namespace Broker.Domain.Lineage;

/// <summary>A recall and its answer.</summary>
public sealed class IssuedRecall(Recall recall, long position, DateTimeOffset issuedAt)
{
    private readonly List<string> _retainedInModels = [];

    /// <summary>The recall.</summary>
    public Recall Recall { get; } = recall;

    /// <summary>Its position: it covers deliveries before it.</summary>
    public long Position { get; } = position;

    /// <summary>When it was issued.</summary>
    public DateTimeOffset IssuedAt { get; } = issuedAt;

    /// <summary>The partner's latest answer, or null.</summary>
    public RecallAnswer? Answer { get; private set; }

    /// <summary>When that answer came, or null.</summary>
    public DateTimeOffset? AnsweredAt { get; private set; }

    /// <summary>The training runs that any answer named as having consumed the data, oldest first: no later answer makes a model forget.</summary>
    public IReadOnlyList<string> RetainedInModels => _retainedInModels;

    internal RecallSnapshot Freeze() => new(Recall, Position, IssuedAt, Answer, AnsweredAt, [.. _retainedInModels]);

    internal static IssuedRecall Restore(RecallSnapshot snapshot)
    {
        var recall = new IssuedRecall(snapshot.Recall, snapshot.Position, snapshot.IssuedAt) { Answer = snapshot.Answer, AnsweredAt = snapshot.AnsweredAt };
        recall._retainedInModels.AddRange(snapshot.RetainedInModels);
        return recall;
    }

    internal void Settle(RecallAnswer answer, DateTimeOffset at)
    {
        Answer = answer;
        AnsweredAt = at;
        if (answer.Verdict == RecallVerdict.RetainedInModel && !_retainedInModels.Contains(answer.Reference))
            _retainedInModels.Add(answer.Reference);
    }
}
