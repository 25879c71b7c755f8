using System.Collections.Immutable;
using Broker.Domain.Consents;
using Broker.Domain.Lineage;
using Broker.Domain.Recalls;
using Broker.Domain.Releases;
using Broker.Domain.Tokens;

namespace Broker.Domain.Partitions;

/// <summary>A partition's state at one position, all of it but the segments' rows, and frozen:
/// <see cref="PartitionState.Restore"/> makes the state of it again.</summary>
public sealed record PartitionSnapshot
{
    /// <summary>The first entry, or null in an empty log.</summary>
    public required PartitionCreated? Created { get; init; }

    /// <summary>Position of the last applied entry.</summary>
    public required long Position { get; init; }

    /// <summary>Position of the last entry that changed which records there are.</summary>
    public required long ManifestPosition { get; init; }

    /// <summary>Users and their consent.</summary>
    public required ConsentSnapshot Consents { get; init; }

    /// <summary>The users' sealed platform ids, by number.</summary>
    public required ImmutableArray<ImmutableArray<byte>> SealedIds { get; init; }

    /// <summary>Every segment, oldest first.</summary>
    public required ImmutableArray<SegmentSnapshot> Segments { get; init; }

    /// <summary>Every deal, in the order in which the partition learned of them: recalls of one withdrawal are issued in it.</summary>
    public required ImmutableArray<LineageSnapshot> Deals { get; init; }

    /// <summary>Every recall; number n is at index n − 1.</summary>
    public required ImmutableArray<RecallSnapshot> Recalls { get; init; }

    /// <summary>Voided reservations: <c>{deal} {reservation}</c>.</summary>
    public required ImmutableArray<string> Voided { get; init; }

    /// <summary>Erased users and where they were erased.</summary>
    public required ImmutableArray<(int User, long Position)> Erased { get; init; }

    /// <summary>Erased users whose key is destroyed.</summary>
    public required ImmutableArray<int> KeysDestroyed { get; init; }

    /// <summary>Erasures and ends of keys, oldest first.</summary>
    public required ImmutableArray<GoneUser> Gone { get; init; }

    /// <summary>Segments that were merged away and whose files may still be there, oldest first.</summary>
    public required ImmutableArray<RetiredSegment> Retired { get; init; }

    /// <summary>Keyed hashes of platform ids that must not come back, upper-case hex.</summary>
    public required ImmutableArray<string> Suppressed { get; init; }
}

/// <summary>A <see cref="PartitionSegment"/>, frozen and without its rows.</summary>
/// <param name="Info">What the log says of it.</param>
/// <param name="FirstAdded">The least position at which one of its records was added.</param>
/// <param name="LastAdded">The greatest.</param>
/// <param name="CleanUpTo">What was gone by this position does not lie in it.</param>
/// <param name="IsRemnants">Whether it holds what is left of records that are gone.</param>
/// <param name="OldestRemovalAt">When the oldest removal was that still lies in it, or null.</param>
/// <param name="Removed">Its removed rows.</param>
public sealed record SegmentSnapshot(
    SegmentInfo Info, long FirstAdded, long LastAdded, long CleanUpTo, bool IsRemnants, DateTimeOffset? OldestRemovalAt, ImmutableArray<RemovedRow> Removed)
{
    /// <summary>Which tokenizers counted it.</summary>
    public ImmutableArray<SegmentTokens> Tokens { get; init; } = [];
}

/// <summary>A row that was removed.</summary>
/// <param name="Row">The row.</param>
/// <param name="Position">The position of its removal.</param>
/// <param name="IsDeleted">Whether an import must not bring it back.</param>
/// <param name="Ref">How the log names it, where it was removed while its segment was being merged; or null.</param>
public readonly record struct RemovedRow(int Row, long Position, bool IsDeleted, RecordRef? Ref);
