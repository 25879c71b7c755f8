using Broker.Domain.Platforms;
using Broker.Domain.Releases;

namespace Broker.Domain.Tests.Generators;

/// <summary>A segment's rows over an array, sorted as a segment's file is.</summary>
internal sealed class ArrayRows : SegmentRows
{
    private readonly Row[] _rows;
    private readonly RowKey[] _keys;

    public ArrayRows(string segmentId, string dataset, IEnumerable<Row> rows)
    {
        (SegmentId, Dataset) = (segmentId, dataset);
        var sorted = rows.Select(row => (Row: row, row.Key)).OrderBy(pair => pair.Row.User).ThenBy(pair => pair.Key).ToList();
        _rows = [.. sorted.Select(pair => pair.Row)];
        _keys = [.. sorted.Select(pair => pair.Key)];
        Kind = _rows[0].Kind;
    }

    public override string SegmentId { get; }

    public override string Dataset { get; }

    public override RecordKind Kind { get; }

    public override int Count => _rows.Length;

    public SegmentInfo Info => new(SegmentId, Dataset, Kind, Count, 1_000, [1], [2]);

    public Row this[int row] => _rows[row];

    public override int UserAt(int row) => _rows[row].User;

    public override RowKey KeyAt(int row) => _keys[row];

    public override string LanguageAt(int row) => _rows[row].Language;

    public override long BytesOf(int from, int to, FieldPolicy policy) => _rows[from..to].Sum(row => row.BytesUnder(policy));

    public override string IdAt(int row) => _rows[row].Id;
}
