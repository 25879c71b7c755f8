using System.Collections.Immutable;
using Broker.Domain.Releases;
using Broker.Domain.Tokens;

namespace Broker.Domain.Partitions;

/// <summary>What a merge made.</summary>
/// <param name="Segment">The segment.</param>
/// <param name="FirstAdded">The least position at which one of its rows was added.</param>
/// <param name="LastAdded">The greatest.</param>
/// <param name="IsRemnants">Whether it holds what is left of records that are gone.</param>
public sealed record MergedSegment(SegmentInfo Segment, long FirstAdded, long LastAdded, bool IsRemnants)
{
    /// <summary>The tokens of its records, by each tokenizer that counted all of its inputs.</summary>
    public ImmutableArray<SegmentTokens> Tokens { get; init; } = [];
}

/// <summary>A row that was removed while its segment was being merged: it is a record in the output, and gone there as well.</summary>
/// <param name="SegmentId">The input.</param>
/// <param name="Row">Its row there.</param>
/// <param name="AddedPosition">The position at which it was added.</param>
/// <param name="To">Its row in the output.</param>
public readonly record struct CarriedRemoval(string SegmentId, int Row, long AddedPosition, int To);

/// <summary>A segment that was merged away and whose files may still be there: somebody may be sending from it.</summary>
/// <param name="Info">The segment.</param>
/// <param name="Position">The position of the merge.</param>
/// <param name="At">When it was merged, by the log's clock.</param>
public sealed record RetiredSegment(SegmentInfo Info, long Position, DateTimeOffset At)
{
    /// <summary>Whose counts of tokens lie beside it.</summary>
    public ImmutableArray<SegmentTokens> Tokens { get; init; } = [];
}

/// <summary>A user's erasure, or the end of their key: what segments hold of them has to go.</summary>
/// <param name="User">Who.</param>
/// <param name="Position">The entry.</param>
/// <param name="At">When, by the log's clock.</param>
/// <param name="IsKeyDestroyed">Whether it is the key's end: remnants lose their ids then. An erasure takes records.</param>
public readonly record struct GoneUser(int User, long Position, DateTimeOffset At, bool IsKeyDestroyed);
