using System.Collections.Immutable;

namespace Broker.Domain.Deals;

/// <summary>A deal's state at one position, all of it and frozen: <see cref="DealState.Restore"/> makes the state of it again.</summary>
public sealed record DealSnapshot
{
    /// <summary>Position of the last applied entry.</summary>
    public required long Position { get; init; }

    /// <summary>Where it is in its life.</summary>
    public required DealLife Life { get; init; }

    /// <summary>Why it was suspended or terminated; empty otherwise.</summary>
    public required string LifeReason { get; init; }

    /// <summary>The partner's id; empty before it was proposed.</summary>
    public required string Partner { get; init; }

    /// <summary>When it was proposed.</summary>
    public required DateTimeOffset ProposedAt { get; init; }

    /// <summary>Every version; version n is at index n − 1.</summary>
    public required ImmutableArray<ContractVersion> Versions { get; init; }

    /// <summary>The version in force; 0 before it was proposed.</summary>
    public required int InForce { get; init; }

    /// <summary>Every reservation, in the order in which they were made. Totals follow from them.</summary>
    public required ImmutableArray<Reservation> Reservations { get; init; }

    /// <summary>Orders to stop that are not known to have been carried out everywhere, oldest first.</summary>
    public required ImmutableArray<PendingRevocation> Revocations { get; init; }
}
