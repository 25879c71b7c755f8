using System.Collections.Immutable;

namespace Broker.Domain.Consents;

/// <summary>A partition's <see cref="ConsentBook"/> at one position, all of it and frozen.</summary>
public sealed record ConsentSnapshot
{
    /// <summary>Every announced policy, oldest first; version n is at index n − 1.</summary>
    public required ImmutableArray<Policy> Announced { get; init; }

    /// <summary>Every policy that came in force, by its version, oldest first.</summary>
    public required ImmutableArray<(long Position, int Version)> InForce { get; init; }

    /// <summary>The last position at which anything may have opened somebody's admission.</summary>
    public required long LastOpening { get; init; }

    /// <summary>Notices that are running.</summary>
    public required ImmutableArray<PendingNotice> Pending { get; init; }

    /// <summary>The jurisdictions that users were added with; the first is empty.</summary>
    public required ImmutableArray<string> Jurisdictions { get; init; }

    /// <summary>For each user: index of the jurisdiction that they were added with.</summary>
    public required ImmutableArray<ushort> JurisdictionOf { get; init; }

    /// <summary>For each user: the policy whose notice ran first while they had no history of their own; 0 for none.</summary>
    public required ImmutableArray<ushort> NoticeVersionOf { get; init; }

    /// <summary>For each user: where that notice ran; 0 for none.</summary>
    public required ImmutableArray<long> NoticePositionOf { get; init; }

    /// <summary>For each user: the newest policy that they were told of; 0 for none.</summary>
    public required ImmutableArray<ushort> NotifiedVersionOf { get; init; }

    /// <summary>Users with a history of their own.</summary>
    public required ImmutableArray<UserHistory> Histories { get; init; }
}

/// <summary>What one user's consent rests on, each fact with the position since which it stands.</summary>
/// <param name="User">The user's number.</param>
/// <param name="Jurisdictions">Where they lived.</param>
/// <param name="Notices">Which policies' notices ran.</param>
/// <param name="Decisions">What they decided.</param>
public readonly record struct UserHistory(
    int User,
    ImmutableArray<(long Position, string Jurisdiction)> Jurisdictions,
    ImmutableArray<(long Position, int Version)> Notices,
    ImmutableArray<(long Position, ConsentDecision Decision)> Decisions);
