namespace Broker.Auditor;

/// <summary>The optional port to the segments' rows. With it the auditor knows who had which records, so that it can
/// demand recalls and recount slices; without it those checks are one-sided.</summary>
public interface IRowSource
{
    /// <summary>One user's rows in a segment, in the segment's order; empty when the user has none there.</summary>
    /// <param name="segment">The segment as its partition's log names it.</param>
    /// <param name="user">The user's number in the segment's partition.</param>
    IReadOnlyList<AuditRow> RowsOf(AuditSegment segment, int user);

    /// <summary>The tokens of a row's title and of its text.</summary>
    /// <param name="segment">The segment.</param>
    /// <param name="tokenizer">Who counted.</param>
    /// <param name="digest">SHA-256 of the counts, as the log names them.</param>
    /// <param name="row">The row.</param>
    (long Title, long Text) TokensOf(AuditSegment segment, string tokenizer, ReadOnlyMemory<byte> digest, int row);
}

/// <summary>A segment as a log names it.</summary>
/// <param name="Platform">The platform's id.</param>
/// <param name="Dataset">The dataset's id.</param>
/// <param name="Id">The segment's id.</param>
/// <param name="Digest">SHA-256 of the object: rows of another object are nobody's proof.</param>
public sealed record AuditSegment(string Platform, string Dataset, string Id, ReadOnlyMemory<byte> Digest);

/// <summary>What the auditor looks at in one record.</summary>
/// <param name="Row">Its row in the segment, from 0.</param>
/// <param name="Id">The platform's id of it; empty in a remnant whose user's key is destroyed.</param>
/// <param name="CreatedAtMs">Its creation, Unix milliseconds.</param>
/// <param name="Language">Its language tag, or empty.</param>
public sealed record AuditRow(int Row, string Id, long CreatedAtMs, string Language)
{
    /// <summary>First 8 bytes of SHA-256 of the id, big endian, as the segment says; null where the id itself tells.</summary>
    public ulong? IdHash { get; init; }

    /// <summary>The position at which it was added; null where all rows of the segment were added together.</summary>
    public long? AddedPosition { get; init; }

    /// <summary>How the log names it, in a segment of remnants; else null.</summary>
    public AuditRowName? Removed { get; init; }
}

/// <summary>A removed record's name in the log: where it lay when it was removed.</summary>
/// <param name="SegmentId">The segment.</param>
/// <param name="Row">The row.</param>
/// <param name="AddedPosition">The position at which it was added.</param>
public sealed record AuditRowName(string SegmentId, int Row, long AddedPosition);
