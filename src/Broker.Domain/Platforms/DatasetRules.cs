using System.Collections.Immutable;
using System.Numerics;
using Broker.Domain.Partitions;
using Broker.Domain.Recalls;
using Broker.Domain.Releases;

namespace Broker.Domain.Platforms;

/// <summary>Users and records enter and leave a partition.</summary>
public static class DatasetRules
{
    /// <summary>Most partitions of a platform: 4,096.</summary>
    public const int PartitionCountMax = 4_096;

    /// <summary>Why an import is prepared again.</summary>
    public static readonly Refusal ManifestChanged = new(
        RefusalReason.ManifestChanged, "Another import, a removal or a merge of segments came meanwhile; prepare this one again.");

    /// <summary>The log's first entry; a node that expects other numbers is refused.</summary>
    public static Decision<PartitionEvent> Create(PartitionState state, string platform, int index, int count)
    {
        if (count is < 1 or > PartitionCountMax || !BitOperations.IsPow2(count))
            return Decision<PartitionEvent>.Refuse(RefusalReason.InvalidValue, $"A power of two from 1 to {PartitionCountMax}.", "partition_count");
        var created = new PartitionCreated(platform, index, count);
        if (state.Created is null) return Decision<PartitionEvent>.Of(created);
        return state.Created == created
            ? Decision<PartitionEvent>.Nothing
            : Decision<PartitionEvent>.Refuse(
                RefusalReason.PartitionMismatch,
                $"This log is partition {state.Created.Index} of {state.Created.Count} of platform {state.Created.Platform}.",
                "partition_count");
    }

    /// <summary>Gives new users the next numbers, in order.</summary>
    public static Decision<PartitionEvent> AddUsers(PartitionState state, IReadOnlyList<ImmutableArray<byte>> sealedIds)
    {
        var first = state.Consents.UserCount;
        return Decision<PartitionEvent>.Of([.. sealedIds.Select((sealedId, index) => new UserAdded(first + index, sealedId, ""))]);
    }

    /// <summary>Commits an import's part in this partition: segments, removals and the recalls that follow, in one append.</summary>
    /// <param name="state">The partition.</param>
    /// <param name="importId">The import.</param>
    /// <param name="expectedManifest">The manifest that the import was prepared against.</param>
    /// <param name="segments">Segments that are published.</param>
    /// <param name="removals">Records that may not be released any more.</param>
    /// <param name="now">The log's clock.</param>
    public static Decision<PartitionEvent> CommitImport(
        PartitionState state, string importId, long expectedManifest, IReadOnlyList<SegmentInfo> segments, IReadOnlyList<RecordRemoved> removals, DateTimeOffset now)
    {
        if (segments.Count == 0 && removals.Count == 0) return Decision<PartitionEvent>.Nothing;
        if (state.ManifestPosition != expectedManifest)
            return Decision<PartitionEvent>.Refuse(ManifestChanged);
        var live = removals.Where(removal => !state.IsGone(state.Segment(removal.SegmentId), removal.Row, removal.User, state.Position)).ToList();
        return Decision<PartitionEvent>.Of(
        [
            .. live,
            .. segments.Select(segment => new RecordsAdded(importId, segment)),
            .. RecallRules.OfRemovals(state, live, now),
        ]);
    }

    /// <summary>Removes records of one user; those that are gone already stay gone.</summary>
    public static Decision<PartitionEvent> Remove(PartitionState state, IReadOnlyList<RecordRemoved> removals, DateTimeOffset now)
    {
        if (removals.Any(removal => state.FindSegment(removal.SegmentId) is null))
            return Decision<PartitionEvent>.Refuse(RefusalReason.ManifestChanged, "A segment was merged meanwhile; look the records up again.");
        var live = removals.Where(removal => !state.IsGone(state.Segment(removal.SegmentId), removal.Row, removal.User, state.Position)).ToList();
        return Decision<PartitionEvent>.Of([.. live, .. RecallRules.OfRemovals(state, live, now)]);
    }

    /// <summary>Erases a user (GDPR Art. 17): removes every record, recalls what any deal holds, and keeps them from coming back.</summary>
    public static Decision<PartitionEvent> Erase(PartitionState state, int user, ImmutableArray<byte> suppressionHash, DateTimeOffset now)
    {
        if (state.Erased.ContainsKey(user)) return Decision<PartitionEvent>.Nothing;
        return Decision<PartitionEvent>.Of([.. RecallRules.OfErasure(state, user, now).Prepend(new UserErased(user, suppressionHash))]);
    }

    /// <summary>Whether an erased user's key may be destroyed: the last recall of theirs is answered, or past its deadline.</summary>
    public static bool CanDestroyKey(PartitionState state, int user, DateTimeOffset now) =>
        state.Erased.ContainsKey(user)
        && state.Recalls
            .Where(recall => recall.Recall.Coverage.User == user)
            .All(recall => recall.Answer is not null || recall.Recall.DueAt <= now);
}
