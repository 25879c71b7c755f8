using Broker.Auditor.Consents;

namespace Broker.Auditor.Partitions;

/// <summary>Proves from the files that merges took only what was gone, and all of it.</summary>
internal sealed class MergeCheck(string platform, IRowSource rows, SegmentBook segments, ConsentReplay consents, LogFindings findings)
{
    /// <summary>Looks at every row of what merges left, at the log's end.</summary>
    public void Check(MergesAhead ahead)
    {
        foreach (var segment in ahead.Last)
        {
            var (count, kept, lost) = (0L, 0L, 0L);
            for (var user = 0; user < consents.UserCount; user++)
                foreach (var row in rows.RowsOf(new AuditSegment(platform, segment.Dataset, segment.Id, segment.Digest), user))
                {
                    count++;
                    var isGone = IsGone(segment, new PlacedRow(segment, row, user));
                    if (segment.IsRemnants && !isGone) lost++;
                    if (!segment.IsRemnants && isGone) kept++;
                }

            findings.Check(count == segment.Rows, Promise.Order, $"Segment {segment.Id} has {count} rows of users who are known; the log says {segment.Rows}.");
            findings.Check(lost == 0, Promise.Order, $"Segment {segment.Id} holds remnants of {lost} records that nobody removed: a merge lost them.");
            findings.Check(kept == 0, Promise.Consent, $"Segment {segment.Id} holds {kept} records that were gone before it was written.");
        }
    }

    private bool IsGone(Segment segment, PlacedRow row) =>
        segments.RemovalOf(row.Name) <= segment.CleanUpTo || consents.IsErased(row.User, segment.CleanUpTo);
}
