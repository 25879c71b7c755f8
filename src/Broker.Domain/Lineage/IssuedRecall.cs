using Broker.Domain.Recalls;

namespace Broker.Domain.Lineage;

/// <summary>A recall and its answer.</summary>
public sealed class IssuedRecall(Recall recall, long position, DateTimeOffset issuedAt)
{
    /// <summary>The recall.</summary>
    public Recall Recall { get; } = recall;

    /// <summary>Its position: it covers deliveries before it.</summary>
    public long Position { get; } = position;

    /// <summary>When it was issued.</summary>
    public DateTimeOffset IssuedAt { get; } = issuedAt;

    /// <summary>The partner's answer, or null.</summary>
    public RecallAnswer? Answer { get; private set; }

    /// <summary>When it was answered, or null.</summary>
    public DateTimeOffset? AnsweredAt { get; private set; }

    internal void Settle(RecallAnswer answer, DateTimeOffset at)
    {
        Answer = answer;
        AnsweredAt = at;
    }
}
