using Broker.Auditor;
using Broker.Domain.Recalls;
using Broker.Grains.Segments;
using Broker.Storage.Segments;

namespace Broker.Cli.Audit;

/// <summary>The rows of stored segments, each segment checked against the digest that the log names.</summary>
internal sealed class StoredRows(SegmentStore store) : IRowSource
{
    private readonly Dictionary<string, SegmentContent> _open = new(StringComparer.Ordinal);

    /// <exception cref="SegmentCorruptException">The segment is missing, or is not what the log says: nothing can be proved from it.</exception>
    public IReadOnlyList<AuditRow> RowsOf(AuditSegment segment, int user)
    {
        var content = Open(segment);
        var rows = new List<AuditRow>();
        for (var row = content.FirstRowOf(user); row < content.Count && content.UserAt(row) == user; row++)
            rows.Add(RowOf(content, row));
        return rows;
    }

    private static AuditRow RowOf(SegmentContent content, int row)
    {
        var removed = content.IsRemnants ? content.RemnantAt(row).Ref : (RecordRef?)null;
        return new AuditRow(row, content.IdAt(row), content.CreatedAtMsAt(row), content.LanguageAt(row))
        {
            IdHash = content.KeyAt(row).IdHash,
            AddedPosition = content.IsMerged ? content.AddedAt(row) : null,
            Removed = removed is { } named ? new AuditRowName(named.SegmentId, named.Row, named.AddedPosition) : null,
        };
    }

    // The auditor asks in the order of its proof, and for one user at a time; the store opens a file once.
    private SegmentContent Open(AuditSegment segment)
    {
        var key = $"{segment.Platform}/{segment.Dataset}/{segment.Id}";
        if (_open.TryGetValue(key, out var known)) return known;
        var wanted = new SegmentRef(segment.Platform, segment.Dataset, segment.Id, segment.Digest);
        return _open[key] = store.OpenAsync(wanted, CancellationToken.None).GetAwaiter().GetResult();
    }
}
