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

    /// <summary>Erases a user whose key is destroyed, and who therefore left before: the log comes from a backup and has forgotten it. Nobody
    /// can tell their id any more, so none goes on the suppression list; whoever holds it gives the erasure again.</summary>
    public static Decision<PartitionEvent> EraseKeyless(PartitionState state, int user, DateTimeOffset now) => Erase(state, user, [], now);

    /// <summary>Passes over numbers that were given in a history that this log, which comes from a backup, has lost: as those of users without an
    /// id, who are erased. A number whose key is destroyed is nobody's again, and numbers are dense.</summary>
    /// <param name="state">The partition.</param>
    /// <param name="last">The last number to pass over.</param>
    /// <param name="countMax">Most numbers at once, from 1; decide again until nothing comes.</param>
    public static Decision<PartitionEvent> PassOverNumbers(PartitionState state, int last, int countMax)
    {
        var first = state.Consents.UserCount;
        if (last < first) return Decision<PartitionEvent>.Nothing;
        return Decision<PartitionEvent>.Of(
        [
            .. Enumerable.Range(first, Math.Min(countMax, last - first + 1))
                .SelectMany(IEnumerable<PartitionEvent> (user) => [new UserAdded(user, [], ""), new UserErased(user, [])]),
        ]);
    }

    /// <summary>Whether an erased user's key may be destroyed: the last recall of theirs is answered, or past its deadline.</summary>
    public static bool CanDestroyKey(PartitionState state, int user, DateTimeOffset now) =>
        state.Erased.ContainsKey(user)
        && state.Recalls
            .Where(recall => recall.Recall.Coverage.User == user)
            .All(recall => recall.Answer is not null || recall.Recall.DueAt <= now);
}
