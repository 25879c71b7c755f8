using System.Buffers;
using System.Runtime.InteropServices;
using Broker.Domain.Platforms;
using Broker.Domain.Releases;
using Broker.Grains.Keys;
using Broker.Storage.Segments;

namespace Broker.Gateway.Pulls;

/// <summary>Encodes records as a typed pull sends them (<c>broker.v1.RecordBatch.records</c>), straight out of their segments' memory: no text becomes a
/// string on its way, which was two thirds of what a pull cost.</summary>
/// <param name="policy">The contract's field policy.</param>
/// <param name="pseudonyms">The deal's pseudonyms.</param>
internal sealed class RecordEncoder(FieldPolicy policy, Pseudonyms pseudonyms) : IDisposable
{
    private const byte RecordTag = (5 << 3) | 2;
    private const int BytesOfOthersMax = 96; // ten tags, eight lengths of texts and the record's own, the kind, the time

    private readonly byte[] _pseudonyms = new byte[8 * FieldPolicy.PseudonymBytes];
    private byte[] _buffer = [];
    private int _length;

    /// <summary>Records encoded so far.</summary>
    public long Records { get; private set; }

    /// <summary>UTF-8 bytes of their fields as they were encoded, whatever they should have been.</summary>
    public long FieldBytes { get; private set; }

    /// <summary>Encodes the records of one message. What it gives is overwritten by the next call.</summary>
    public ReadOnlyMemory<byte> Encode(MessagePart part)
    {
        _length = 0;
        foreach (var (content, from, to) in part.Runs)
        {
            for (var row = from; row < to;) row = content.ColumnsAt(row) is { } columns ? AddPiece(content, columns, row, to) : AddOne(content, row);
            GC.KeepAlive(content); // what was read lies in its mapped file
        }

        return _buffer.AsMemory(0, _length);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_buffer.Length > 0) ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = [];
    }

    /// <summary>Adds rows that lie in one piece; returns the row after them.</summary>
    private int AddPiece(SegmentContent content, SegmentColumns columns, int from, int to)
    {
        var end = Math.Min(to, columns.FirstRow + columns.Count);
        var kind = content.Kind;
        var created = MemoryMarshal.Cast<byte, long>(columns.CreatedAtMs.Span);
        var ids = new Texts(columns, RecordFields.Id);
        var authors = new Texts(columns, RecordFields.Author);
        var languages = new Texts(columns, RecordFields.Language);
        var titles = new Texts(columns, RecordFields.Title);
        var texts = new Texts(columns, RecordFields.Text);
        var targets = new Texts(columns, RecordFields.TargetId);
        var licences = new Texts(columns, RecordFields.Licence);
        var attributions = new Texts(columns, RecordFields.Attribution);
        for (var at = from - columns.FirstRow; at < end - columns.FirstRow; at++)
            Add(kind, created[at], ids[at], authors[at], languages[at], titles[at], texts[at], targets[at], licences[at], attributions[at]);
        return end;
    }

    /// <summary>Adds a row of a segment that does not lie in memory as it is sent; returns the row after it.</summary>
    private int AddOne(SegmentContent content, int row)
    {
        Add(
            content.Kind, content.CreatedAtMsAt(row), content.FieldAt(RecordFields.Id, row), content.FieldAt(RecordFields.Author, row), content.FieldAt(RecordFields.Language, row),
            content.FieldAt(RecordFields.Title, row), content.FieldAt(RecordFields.Text, row), content.FieldAt(RecordFields.TargetId, row),
            content.FieldAt(RecordFields.Licence, row), content.FieldAt(RecordFields.Attribution, row));
        return row + 1;
    }

    private void Add(
        RecordKind kind, long createdAtMs, ReadOnlySpan<byte> id, ReadOnlySpan<byte> author, ReadOnlySpan<byte> language, ReadOnlySpan<byte> title,
        ReadOnlySpan<byte> text, ReadOnlySpan<byte> target, ReadOnlySpan<byte> licence, ReadOnlySpan<byte> attribution)
    {
        if (policy.Plain != RecordFields.All)
        {
            // The id stays as it is under every policy: a recall names it.
            author = Released(RecordFields.Author, author, 0);
            language = Released(RecordFields.Language, language, 1);
            title = Released(RecordFields.Title, title, 2);
            text = Released(RecordFields.Text, text, 3);
            target = Released(RecordFields.TargetId, target, 4);
            licence = Released(RecordFields.Licence, licence, 5);
            attribution = Released(RecordFields.Attribution, attribution, 6);
        }

        var bytes = id.Length + author.Length + language.Length + title.Length + text.Length + target.Length + licence.Length + attribution.Length;
        var size = WireWriter.SizeOf(id) + WireWriter.SizeOf(author) + WireWriter.SizeOf((ulong)kind) + WireWriter.SizeOf((ulong)createdAtMs) + WireWriter.SizeOf(language)
            + WireWriter.SizeOf(title) + WireWriter.SizeOf(text) + WireWriter.SizeOf(target) + WireWriter.SizeOf(licence) + WireWriter.SizeOf(attribution);
        Reserve(bytes + BytesOfOthersMax);
        var into = new WireWriter(_buffer.AsSpan(_length));
        into.Begin(RecordTag, size);
        into.Text(1, id);
        into.Text(2, author);
        into.Number(3, (ulong)kind);
        into.Number(4, (ulong)createdAtMs);
        into.Text(5, language);
        into.Text(6, title);
        into.Text(7, text);
        into.Text(8, target);
        into.Text(9, licence);
        into.Text(10, attribution);
        _length += into.Length;
        (Records, FieldBytes) = (Records + 1, FieldBytes + bytes);
    }

    /// <summary>What leaves of a field; a pseudonym lies in its slot until the next record.</summary>
    private ReadOnlySpan<byte> Released(RecordFields field, ReadOnlySpan<byte> value, int slot)
    {
        if ((policy.Dropped & field) != 0) return default;
        return (policy.Pseudonymised & field) == 0 ? value : pseudonyms.Write(field, value, _pseudonyms.AsSpan(slot * FieldPolicy.PseudonymBytes, FieldPolicy.PseudonymBytes));
    }

    private void Reserve(int bytes)
    {
        if (_buffer.Length - _length >= bytes) return;
        var larger = ArrayPool<byte>.Shared.Rent(Math.Max(_length + bytes, 2 * _buffer.Length));
        _buffer.AsSpan(0, _length).CopyTo(larger);
        if (_buffer.Length > 0) ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = larger;
    }

    /// <summary>A field's column.</summary>
    private readonly ref struct Texts(SegmentColumns columns, RecordFields field)
    {
        private readonly ReadOnlySpan<int> _offsets = MemoryMarshal.Cast<byte, int>(columns.OffsetsOf(field).Span);
        private readonly ReadOnlySpan<byte> _values = columns.ValuesOf(field).Span;

        public ReadOnlySpan<byte> this[int at] => _values[_offsets[at].._offsets[at + 1]];
    }
}
