using Apache.Arrow;
using Broker.Domain.Releases;
using Broker.Storage.Imports;

namespace Broker.Storage.Segments;

/// <summary>Builds the record batches of a segment, one after another.</summary>
/// <param name="place">What the segment is of.</param>
internal sealed class SegmentChunkBuilder(SegmentPlace place) : IDisposable
{
    private readonly Schema _schema = SegmentSchema.Of(place.Dataset, place.Kind, place.Shape);
    private readonly SegmentColumn _users = new();
    private readonly SegmentColumn _created = new();
    private readonly SegmentColumn _idHashes = new();
    private readonly SegmentColumn _bytesEnd = new();
    private readonly SegmentTextColumn[] _fields = [.. SegmentSchema.Fields.Select(_ => new SegmentTextColumn())];
    private readonly SegmentColumn _added = new();
    private readonly SegmentColumn _removed = new();
    private readonly SegmentColumn _deleted = new();
    private readonly SegmentTextColumn _namedSegments = new();
    private readonly SegmentColumn _namedRows = new();
    private readonly SegmentTextColumn _contents = new();

    public int Rows { get; private set; }

    public long Bytes { get; private set; }

    private IEnumerable<SegmentColumn> Columns => [_users, _created, _idHashes, _bytesEnd, _added, _removed, _deleted, _namedRows];

    private IEnumerable<SegmentTextColumn> Texts => [.. _fields, _namedSegments, _contents];

    /// <summary>Adds a row; the bytes of all rows of the segment up to it.</summary>
    public long Add(int user, ulong idHash, SpooledRecord record, long bytesBefore)
    {
        var bytes = 0;
        for (var index = 0; index < _fields.Length; index++)
        {
            var value = record.Field(index);
            _fields[index].Add(value);
            bytes += value.Length;
        }

        _users.Add(user);
        _created.Add(record.CreatedAtMs);
        _idHashes.Add(idHash);
        _bytesEnd.Add(bytesBefore + bytes);
        Rows++;
        Bytes += bytes;
        return bytesBefore + bytes;
    }

    /// <summary>Tells where the row that was added last came from.</summary>
    public void Came(long addedPosition) => _added.Add(addedPosition);

    /// <summary>Tells how the row that was added last went.</summary>
    public void Went(Remnant remnant, string content)
    {
        _removed.Add(remnant.RemovedPosition);
        _deleted.Add(remnant.IsDeleted ? 1 : 0);
        _namedSegments.Add(remnant.Ref.SegmentId);
        _namedRows.Add(remnant.Ref.Row);
        _contents.Add(content);
        Bytes += remnant.Ref.SegmentId.Length + content.Length;
    }

    /// <summary>The batch of the rows since <see cref="Clear"/>; valid until it is called again.</summary>
    public RecordBatch Build()
    {
        List<IArrowArray> built = [Int32(_users), Int64(_created), new UInt64Array(_idHashes.Buffer, ArrowBuffer.Empty, Rows, 0, 0), Int64(_bytesEnd), .. _fields.Select(Text)];
        if (place.Shape != SegmentShape.Plain) built.Add(Int64(_added));
        if (place.Shape == SegmentShape.Remnants) built.AddRange([Int64(_removed), Int32(_deleted), Text(_namedSegments), Int32(_namedRows), Text(_contents)]);
        return new RecordBatch(_schema, built, Rows);
    }

    /// <summary>Begins the next batch.</summary>
    public void Clear()
    {
        foreach (var column in Columns) column.Clear();
        foreach (var column in Texts) column.Clear();
        (Rows, Bytes) = (0, 0);
    }

    public void Dispose()
    {
        foreach (var column in Columns) column.Dispose();
        foreach (var column in Texts) column.Dispose();
    }

    private Int32Array Int32(SegmentColumn column) => new(column.Buffer, ArrowBuffer.Empty, Rows, 0, 0);

    private Int64Array Int64(SegmentColumn column) => new(column.Buffer, ArrowBuffer.Empty, Rows, 0, 0);

    private StringArray Text(SegmentTextColumn column) => column.Build(Rows);
}
