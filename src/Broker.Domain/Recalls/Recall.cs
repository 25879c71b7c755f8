using System.Collections.Immutable;
using Broker.Domain.Platforms;

namespace Broker.Domain.Recalls;

/// <summary>The order to a partner to delete what it got of a user or a record, before the recall's own position.</summary>
/// <param name="Number">Its number in the partition, from 1 without gaps.</param>
/// <param name="Deal">The deal's id.</param>
/// <param name="Cause">Why.</param>
/// <param name="Coverage">What it covers.</param>
/// <param name="DueAt">When the answer is due, UTC.</param>
public sealed record Recall(int Number, string Deal, RecallCause Cause, RecallCoverage Coverage, DateTimeOffset DueAt);

/// <summary>What a recall covers; deliveries before its own position only.</summary>
/// <param name="Rule">How to read the rest.</param>
/// <param name="User">The user's number for <see cref="RecallRule.User"/> and <see cref="RecallRule.Records"/>; −1 otherwise.</param>
/// <param name="Kinds">The kinds for <see cref="RecallRule.User"/>.</param>
/// <param name="Records">The records for <see cref="RecallRule.Records"/>.</param>
public sealed record RecallCoverage(RecallRule Rule, int User, RecordKinds Kinds, ImmutableArray<RecordRef> Records)
{
    /// <summary>Everything of a user in some kinds.</summary>
    public static RecallCoverage OfUser(int user, RecordKinds kinds) => new(RecallRule.User, user, kinds, []);

    /// <summary>Single records of one user.</summary>
    public static RecallCoverage OfRecords(int user, ImmutableArray<RecordRef> records) => new(RecallRule.Records, user, RecordKinds.None, records);

    /// <summary>By a rule over all users.</summary>
    public static RecallCoverage ByRule(RecallRule rule) => new(rule, -1, RecordKinds.None, []);
}

/// <summary>A removed record by its place in the segment that it lay in when it was removed. That names it for good: merges move only what is
/// not removed, and what they leave of the rest keeps this name.</summary>
/// <param name="SegmentId">The segment.</param>
/// <param name="Row">The row.</param>
/// <param name="AddedPosition">The position at which it was added.</param>
public readonly record struct RecordRef(string SegmentId, int Row, long AddedPosition);

/// <summary>How a recall names what it covers. The numbers are on disk.</summary>
public enum RecallRule
{
    /// <summary>Not a rule.</summary>
    Unspecified = 0,

    /// <summary>One user, some kinds.</summary>
    User = 1,

    /// <summary>Single records.</summary>
    Records = 2,

    /// <summary>Everything that the deal got.</summary>
    Everything = 3,

    /// <summary>Whatever the deal got that its terms or the platform's policy do not admit at the recall's position any more.</summary>
    NotAdmittedAnyMore = 4,
}

/// <summary>Why a recall was issued. The numbers are on disk and on the wire.</summary>
public enum RecallCause
{
    /// <summary>Not a cause.</summary>
    Unspecified = 0,

    /// <summary>The user withdrew consent.</summary>
    Withdrawal = 1,

    /// <summary>The record was deleted, or is no longer public.</summary>
    Deletion = 2,

    /// <summary>The user was erased (GDPR Art. 17).</summary>
    Erasure = 3,

    /// <summary>The record was corrected; the new version is another delivery.</summary>
    Correction = 4,

    /// <summary>The deal ended, and its contract has a duty to delete.</summary>
    DealEnded = 5,

    /// <summary>The contract was narrowed.</summary>
    ScopeNarrowed = 6,

    /// <summary>The platform's policy was tightened.</summary>
    PolicyTightened = 7,
}
