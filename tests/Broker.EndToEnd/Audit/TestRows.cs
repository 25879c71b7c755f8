using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using Broker.Domain.Platforms;
using Broker.Domain.Releases;

namespace Broker.EndToEnd.Audit;

/// <summary>One record: what the rules and the auditor look at.</summary>
internal sealed record TestRow(string Id, int User, RecordKind Kind = RecordKind.Post, string Language = "en", long CreatedAtMs = 0)
{
    public RowKey Key => new(Kind, CreatedAtMs, BinaryPrimitives.ReadUInt64BigEndian(SHA256.HashData(Encoding.UTF8.GetBytes(Id))));
}

/// <summary>A segment's rows over an array; every record has 100 bytes.</summary>
internal sealed class TestRows : SegmentRows
{
    public const int BytesEach = 100;

    private readonly ImmutableArray<TestRow> _rows;

    public TestRows(string segmentId, string dataset, IEnumerable<TestRow> rows)
    {
        (SegmentId, Dataset) = (segmentId, dataset);
        _rows = [.. rows.OrderBy(row => row.User).ThenBy(row => row.Key)];
    }

    public override string SegmentId { get; }

    public override string Dataset { get; }

    public override RecordKind Kind => _rows[0].Kind;

    public override int Count => _rows.Length;

    public SegmentInfo Info => new(SegmentId, Dataset, Kind, Count, 1_000, [.. SHA256.HashData(Encoding.UTF8.GetBytes(SegmentId))], [2]);

    public TestRow this[int row] => _rows[row];

    public override int UserAt(int row) => _rows[row].User;

    public override RowKey KeyAt(int row) => _rows[row].Key;

    public override string LanguageAt(int row) => _rows[row].Language;

    public override long BytesOf(int from, int to, FieldPolicy policy) => (long)BytesEach * (to - from);

    public override string IdAt(int row) => _rows[row].Id;
}
