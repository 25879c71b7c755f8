using Broker.Auditor;
using Broker.Domain.Recalls;
using Broker.Domain.Releases;
using Broker.Domain.Tokens;
using Broker.Grains.Segments;
using Broker.Storage.Segments;

namespace Broker.Cli.Audit;

/// <summary>The rows of stored segments, each segment checked against the digest that the log names.</summary>
internal sealed class StoredRows(SegmentStore store) : IRowSource
{
    private static readonly FieldPolicy TitleAlone = new(RecordFields.Text, RecordFields.None);
    private static readonly FieldPolicy TextAlone = new(RecordFields.Title, RecordFields.None);

    private readonly Dictionary<string, SegmentContent> _open = new(StringComparer.Ordinal);
    private readonly Dictionary<string, TokenCounts> _counts = new(StringComparer.Ordinal);

    /// <exception cref="SegmentCorruptException">The segment is missing, or is not what the log says: nothing can be proved from it.</exception>
    public IReadOnlyList<AuditRow> RowsOf(AuditSegment segment, int user)
    {
        var content = Open(segment);
        var rows = new List<AuditRow>();
        for (var row = content.FirstRowOf(user); row < content.Count && content.UserAt(row) == user; row++)
            rows.Add(RowOf(content, row));
        return rows;
    }

    /// <exception cref="SegmentCorruptException">The counts are missing, or are not what the log says: nothing can be proved from them.</exception>
    public (long Title, long Text) TokensOf(AuditSegment segment, string tokenizer, ReadOnlyMemory<byte> digest, int row)
    {
        var key = $"{segment.Platform}/{segment.Dataset}/{segment.Id}.{tokenizer}";
        if (!_counts.TryGetValue(key, out var counts))
        {
            var named = new SegmentTokens(tokenizer, [.. digest.Span]);
            _counts[key] = counts = store.OpenCountsAsync(RefOf(segment), named, CancellationToken.None).GetAwaiter().GetResult();
        }

        return (counts.Of(row, row + 1, TitleAlone), counts.Of(row, row + 1, TextAlone));
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
        return _open[key] = store.OpenAsync(RefOf(segment), CancellationToken.None).GetAwaiter().GetResult();
    }

    private static SegmentRef RefOf(AuditSegment segment) => new(segment.Platform, segment.Dataset, segment.Id, segment.Digest);
}
