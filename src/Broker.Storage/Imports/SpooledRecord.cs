using System.Buffers;
using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Broker.Domain.Platforms;
using Broker.Domain.Releases;
using Broker.Storage.Segments;

namespace Broker.Storage.Imports;

/// <summary>One item of an import as it is spooled: an accepted record with its fields in UTF-8, or a refused row's id.</summary>
/// <remarks>Bytes: tag, then for a record kind (1), creation (8) and the fields in the order of the segment's columns, each with its
/// length (4); for a refused row its id alone.</remarks>
internal readonly ref struct SpooledRecord
{
    private const byte RecordTag = 1;
    private const byte RefusedTag = 2;
    private const int FieldsAt = 10;
    private const int FieldCount = 8;

    private readonly ReadOnlySpan<byte> _bytes;
    private readonly FieldRanges _ranges;

    public SpooledRecord(ReadOnlySpan<byte> bytes)
    {
        _bytes = bytes;
        if (!IsRecord) return;
        var at = FieldsAt;
        for (var index = 0; index < FieldCount; index++)
        {
            var length = BinaryPrimitives.ReadInt32LittleEndian(bytes[at..]);
            _ranges[index] = new Range(at + sizeof(int), at + sizeof(int) + length);
            at += sizeof(int) + length;
        }
    }

    public bool IsRecord => _bytes[0] == RecordTag;

    public RecordKind Kind => (RecordKind)_bytes[1];

    public long CreatedAtMs => BinaryPrimitives.ReadInt64LittleEndian(_bytes[2..]);

    /// <summary>The record's id, of a refused row too.</summary>
    public ReadOnlySpan<byte> Id => IsRecord ? Field(0) : _bytes[1..];

    /// <summary>The platform's id of its user.</summary>
    public ReadOnlySpan<byte> UserId => Field(1);

    /// <summary>A field by the index of its column.</summary>
    public ReadOnlySpan<byte> Field(int index) => _bytes[_ranges[index]];

    /// <summary>Whether two records say the same.</summary>
    public bool IsSame(SpooledRecord other) => _bytes.SequenceEqual(other._bytes);

    /// <summary>The id of an item, without looking at its other fields.</summary>
    public static ReadOnlySpan<byte> IdOf(ReadOnlySpan<byte> bytes) =>
        bytes[0] == RecordTag ? bytes.Slice(FieldsAt + sizeof(int), BinaryPrimitives.ReadInt32LittleEndian(bytes[FieldsAt..])) : bytes[1..];

    public static void Write(ArrayBufferWriter<byte> buffer, SourceRecord record)
    {
        var head = buffer.GetSpan(FieldsAt);
        head[0] = RecordTag;
        head[1] = (byte)record.Kind;
        BinaryPrimitives.WriteInt64LittleEndian(head[2..], record.CreatedAt.ToUnixTimeMilliseconds());
        buffer.Advance(FieldsAt);
        foreach (var field in (ReadOnlySpan<string>)[record.Id, record.UserId, record.Language, record.Title, record.Text, record.TargetId, record.Licence, record.Attribution])
            Write(buffer, field);
    }

    /// <summary>A record as a segment holds it; only its id and language where <paramref name="fields"/> says so.</summary>
    public static void Write(ArrayBufferWriter<byte> buffer, SegmentContent content, int row, RecordFields fields = RecordFields.All)
    {
        var head = buffer.GetSpan(FieldsAt);
        head[0] = RecordTag;
        head[1] = (byte)content.Kind;
        BinaryPrimitives.WriteInt64LittleEndian(head[2..], content.CreatedAtMsAt(row));
        buffer.Advance(FieldsAt);
        foreach (var field in SegmentSchema.Fields) Write(buffer, (fields & field) != 0 ? content.FieldAt(field, row) : []);
        GC.KeepAlive(content);
    }

    /// <summary>SHA-256 of the record, in lower-case hex.</summary>
    public string Digest() => Convert.ToHexStringLower(SHA256.HashData(_bytes));

    public static void WriteRefused(ArrayBufferWriter<byte> buffer, string id)
    {
        buffer.GetSpan(1)[0] = RefusedTag;
        buffer.Advance(1);
        Encoding.UTF8.GetBytes(id, buffer);
    }

    private static void Write(ArrayBufferWriter<byte> buffer, ReadOnlySpan<byte> field)
    {
        BinaryPrimitives.WriteInt32LittleEndian(buffer.GetSpan(sizeof(int)), field.Length);
        buffer.Advance(sizeof(int));
        buffer.Write(field);
    }

    private static void Write(ArrayBufferWriter<byte> buffer, string field)
    {
        var room = buffer.GetSpan(sizeof(int) + Encoding.UTF8.GetMaxByteCount(field.Length)); // counted and written in one pass
        var length = Encoding.UTF8.GetBytes(field, room[sizeof(int)..]);
        BinaryPrimitives.WriteInt32LittleEndian(room, length);
        buffer.Advance(sizeof(int) + length);
    }

    [System.Runtime.CompilerServices.InlineArray(FieldCount)]
    private struct FieldRanges
    {
        private Range _first;
    }
}
