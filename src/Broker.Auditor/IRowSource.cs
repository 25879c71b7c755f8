namespace Broker.Auditor;

/// <summary>The optional port to the segments' rows. With it the auditor knows who had which records, so that it can
/// demand recalls and recount slices; without it those checks are one-sided.</summary>
public interface IRowSource
{
    /// <summary>One user's rows in a segment, in the segment's order; empty when the user has none there.</summary>
    /// <param name="platform">The platform's id.</param>
    /// <param name="dataset">The dataset's id.</param>
    /// <param name="segmentId">The segment's id.</param>
    /// <param name="user">The user's number in the segment's partition.</param>
    IReadOnlyList<AuditRow> RowsOf(string platform, string dataset, string segmentId, int user);
}

/// <summary>What the auditor looks at in one record.</summary>
/// <param name="Row">Its row in the segment, from 0.</param>
/// <param name="Id">The platform's id of it.</param>
/// <param name="CreatedAtMs">Its creation, Unix milliseconds.</param>
/// <param name="Language">Its language tag, or empty.</param>
public sealed record AuditRow(int Row, string Id, long CreatedAtMs, string Language);
