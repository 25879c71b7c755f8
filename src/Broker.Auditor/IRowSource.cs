namespace Broker.Auditor;

/// <summary>The optional port to the segments' rows. With it the auditor knows who had which records, so that it can
/// demand recalls and recount slices; without it those checks are one-sided.</summary>
public interface IRowSource
{
    /// <summary>One user's rows in a segment, in the segment's order; empty when the user has none there.</summary>
    /// <param name="segment">The segment as its partition's log names it.</param>
    /// <param name="user">The user's number in the segment's partition.</param>
    IReadOnlyList<AuditRow> RowsOf(AuditSegment segment, int user);
}

/// <summary>A segment as a log names it.</summary>
/// <param name="Platform">The platform's id.</param>
/// <param name="Dataset">The dataset's id.</param>
/// <param name="Id">The segment's id.</param>
/// <param name="Digest">SHA-256 of the object: rows of another object are nobody's proof.</param>
public sealed record AuditSegment(string Platform, string Dataset, string Id, ReadOnlyMemory<byte> Digest);

/// <summary>What the auditor looks at in one record.</summary>
/// <param name="Row">Its row in the segment, from 0.</param>
/// <param name="Id">The platform's id of it.</param>
/// <param name="CreatedAtMs">Its creation, Unix milliseconds.</param>
/// <param name="Language">Its language tag, or empty.</param>
public sealed record AuditRow(int Row, string Id, long CreatedAtMs, string Language);
