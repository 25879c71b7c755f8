using Apache.Arrow;
using Broker.Domain.Releases;

namespace Broker.Storage.Segments;

/// <summary>One record batch of a segment's file.</summary>
internal sealed class SegmentChunk : SegmentColumns, IDisposable
{
    private readonly RecordBatch _batch;
    private readonly Int32Array _users;
    private readonly Int64Array _created;
    private readonly UInt64Array _idHashes;
    private readonly Int64Array _bytesEnd;
    private readonly StringArray[] _fields;
    private readonly Int64Array? _added;
    private readonly RemnantColumns? _remnants;

    public SegmentChunk(RecordBatch batch, SegmentShape shape = SegmentShape.Plain)
    {
        _batch = batch;
        _users = Column<Int32Array>(SegmentSchema.UserColumn);
        _created = Column<Int64Array>(SegmentSchema.CreatedColumn);
        _idHashes = Column<UInt64Array>(SegmentSchema.IdHashColumn);
        _bytesEnd = Column<Int64Array>(SegmentSchema.BytesEndColumn);
        _fields = [.. Enumerable.Range(SegmentSchema.FirstFieldColumn, SegmentSchema.Fields.Length).Select(Column<StringArray>)];
        if (shape != SegmentShape.Plain) _added = Column<Int64Array>(SegmentSchema.AddedColumn);
        if (shape == SegmentShape.Remnants)
            _remnants = new RemnantColumns(
                Column<Int64Array>(SegmentSchema.RemovedColumn), Column<Int32Array>(SegmentSchema.DeletedColumn), Column<StringArray>(SegmentSchema.NamedSegmentColumn),
                Column<Int32Array>(SegmentSchema.NamedRowColumn), Column<StringArray>(SegmentSchema.ContentColumn));
    }

    /// <summary>Where the rows of a merge were added; null where the rows were added together.</summary>
    public Int64Array? Added => _added;

    /// <summary>What remnants tell besides; null for records.</summary>
    public RemnantColumns? Remnants => _remnants;

    public override int Count => _batch.Length;

    public override ReadOnlyMemory<byte> CreatedAtMs => _created.ValueBuffer.Memory;

    public int UserAt(int at) => _users.Values[at];

    /// <summary>The first row from one on that is not the user's; <see cref="Count"/> when there is none.</summary>
    public int EndOfUser(int user, int from)
    {
        var others = _users.Values[from..].IndexOfAnyExcept(user);
        return others < 0 ? Count : from + others;
    }

    public long CreatedAtMsAt(int at) => _created.Values[at];

    public ulong IdHashAt(int at) => _idHashes.Values[at];

    public long BytesEndAt(int at) => _bytesEnd.Values[at];

    public ReadOnlySpan<byte> FieldAt(int field, int at) => _fields[field].GetBytes(at);

    public override ReadOnlyMemory<byte> OffsetsOf(RecordFields field) => _fields[SegmentSchema.IndexOf(field)].ValueOffsetsBuffer.Memory;

    public override ReadOnlyMemory<byte> ValuesOf(RecordFields field) => _fields[SegmentSchema.IndexOf(field)].ValueBuffer.Memory;

    /// <summary>Adds the ids of the rows [from, to) to a digest.</summary>
    public void AddIdsTo(SliceDigest digest, int from, int to)
    {
        var ids = _fields[SegmentSchema.IndexOf(RecordFields.Id)];
        var offsets = ids.ValueOffsets;
        var values = ids.Values;
        for (var at = from; at < to; at++) digest.Add(values[offsets[at]..offsets[at + 1]]);
    }

    /// <summary>Bytes of the rows [from, to) under a policy: plain fields by their offsets, pseudonyms by counting what is not empty.</summary>
    public long BytesOf(int from, int to, FieldPolicy policy)
    {
        long bytes = 0;
        for (var index = 0; index < _fields.Length; index++)
        {
            var field = SegmentSchema.Fields[index];
            if ((policy.Plain & field) != 0) bytes += _fields[index].ValueOffsets[to] - _fields[index].ValueOffsets[from];
            else if ((policy.Pseudonymised & field) != 0) bytes += (long)FieldPolicy.PseudonymBytes * CountPresent(_fields[index], from, to);
        }

        return bytes;
    }

    public void Dispose() => _batch.Dispose();

    private static int CountPresent(StringArray field, int from, int to)
    {
        var offsets = field.ValueOffsets;
        var present = 0;
        for (var at = from; at < to; at++)
            if (offsets[at + 1] > offsets[at])
                present++;
        return present;
    }

    private T Column<T>(int index)
        where T : class, IArrowArray =>
        index < _batch.ColumnCount && _batch.Column(index) is T column
            ? column
            : throw new InvalidDataException($"Column {index} is not what a segment has there.");
}
