using System.Collections.Immutable;
using Broker.Domain.Deals;
using Broker.Domain.Partitions;
using Broker.Domain.Releases;

namespace Broker.Domain.Lineage;

/// <summary>A released slice and what became of it.</summary>
public sealed class DeliveredSlice(ReleasedSlice released, long position, DateTimeOffset releasedAt)
{
    /// <summary>What was released.</summary>
    public ReleasedSlice Released { get; } = released;

    /// <summary>The position of its release.</summary>
    public long Position { get; } = position;

    /// <summary>When it was released, by the log's clock.</summary>
    public DateTimeOffset ReleasedAt { get; } = releasedAt;

    /// <summary>What became of it.</summary>
    public SliceOutcome Outcome { get; private set; }

    /// <summary>How many times it was sent again.</summary>
    public int Resends { get; private set; }

    /// <summary>The position of the last send: of its release, or of its last resend.</summary>
    public long SentPosition { get; private set; } = position;

    /// <summary>What the last send carried.</summary>
    public Amounts Current { get; private set; } = released.Amounts;

    /// <summary>The digest of the last send.</summary>
    public ImmutableArray<byte> CurrentDigest { get; private set; } = released.Digest;

    /// <summary>What was charged and went back.</summary>
    public Amounts Credited => Outcome == SliceOutcome.Dropped ? Released.Amounts : Released.Amounts - Current;

    /// <summary>The position of the last entry that credited something of it; 0 for none.</summary>
    public long SettledPosition { get; private set; }

    internal SliceSnapshot Freeze() =>
        new(Released, Position, ReleasedAt, Outcome, Resends, SentPosition, Current, CurrentDigest, SettledPosition);

    internal static DeliveredSlice Restore(SliceSnapshot snapshot) => new(snapshot.Released, snapshot.Position, snapshot.ReleasedAt)
    {
        Outcome = snapshot.Outcome,
        Resends = snapshot.Resends,
        SentPosition = snapshot.SentPosition,
        Current = snapshot.Current,
        CurrentDigest = snapshot.CurrentDigest,
        SettledPosition = snapshot.SettledPosition,
    };

    internal void Settle(SliceOutcome outcome, long position)
    {
        Outcome = outcome;
        SettledPosition = position;
    }

    internal void Resend(Resent resent, long position)
    {
        Resends = resent.Resend;
        SentPosition = position;
        SettledPosition = position;
        Current = resent.Amounts;
        CurrentDigest = resent.Digest;
    }
}
