using System.Runtime.InteropServices;
using System.Text;
using Broker.Domain.Platforms;
using Broker.Domain.Releases;
using Broker.Storage.Segments;

namespace Broker.Gateway.Tests.Pulls;

/// <summary>A segment whose rows lie in several pieces, as in a file.</summary>
internal sealed class PiecedContent(IReadOnlyList<SourceRecord> records, int pieceRows) : SegmentContent
{
    private readonly MemoryContent _rows = new("pieced", "posts", records);
    private readonly Piece[] _pieces = [.. records.Chunk(pieceRows).Select((piece, index) => new Piece(piece) { FirstRow = index * pieceRows })];

    public IReadOnlyList<SourceRecord> Records => records;

    public override string SegmentId => _rows.SegmentId;

    public override string Dataset => _rows.Dataset;

    public override RecordKind Kind => _rows.Kind;

    public override int Count => _rows.Count;

    public override int UserAt(int row) => _rows.UserAt(row);

    public override RowKey KeyAt(int row) => _rows.KeyAt(row);

    public override string LanguageAt(int row) => _rows.LanguageAt(row);

    public override string IdAt(int row) => _rows.IdAt(row);

    public override long CreatedAtMsAt(int row) => _rows.CreatedAtMsAt(row);

    public override ReadOnlySpan<byte> FieldAt(RecordFields field, int row) => _rows.FieldAt(field, row);

    public override long BytesOf(int from, int to, FieldPolicy policy) => _rows.BytesOf(from, to, policy);

    public override SegmentColumns ColumnsAt(int row) => _pieces[row / pieceRows];
}

internal sealed class Piece(IReadOnlyList<SourceRecord> records) : SegmentColumns
{
    public override int Count => records.Count;

    public override ReadOnlyMemory<byte> CreatedAtMs => MemoryMarshal.AsBytes<long>([.. records.Select(record => record.CreatedAt.ToUnixTimeMilliseconds())]).ToArray();

    // Another value lies before the first: offsets of a piece need not begin at 0.
    public override ReadOnlyMemory<byte> OffsetsOf(RecordFields field)
    {
        var (offsets, end) = (new List<int> { 3 }, 3);
        foreach (var record in records) offsets.Add(end += Encoding.UTF8.GetByteCount(Text(record, field)));
        return MemoryMarshal.AsBytes<int>([.. offsets]).ToArray();
    }

    public override ReadOnlyMemory<byte> ValuesOf(RecordFields field) => Encoding.UTF8.GetBytes("???" + string.Concat(records.Select(record => Text(record, field))));

    private static string Text(SourceRecord record, RecordFields field) => field switch
    {
        RecordFields.Id => record.Id,
        RecordFields.Author => record.UserId,
        RecordFields.Language => record.Language,
        RecordFields.Title => record.Title,
        RecordFields.Text => record.Text,
        RecordFields.TargetId => record.TargetId,
        RecordFields.Licence => record.Licence,
        _ => record.Attribution,
    };
}
