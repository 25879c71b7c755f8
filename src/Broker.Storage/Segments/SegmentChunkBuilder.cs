using Apache.Arrow;
using Broker.Domain.Releases;
using Broker.Storage.Imports;

namespace Broker.Storage.Segments;

/// <summary>Builds one record batch of a segment.</summary>
internal sealed class SegmentChunkBuilder : IDisposable
{
    private readonly Int32Array.Builder _users = new();
    private readonly Int64Array.Builder _created = new();
    private readonly UInt64Array.Builder _idHashes = new();
    private readonly Int64Array.Builder _bytesEnd = new();
    private readonly StringArray.Builder[] _fields = [.. SegmentSchema.Fields.Select(_ => new StringArray.Builder())];
    private readonly Int64Array.Builder _added = new();
    private readonly Int64Array.Builder _removed = new();
    private readonly Int32Array.Builder _deleted = new();
    private readonly StringArray.Builder _namedSegments = new();
    private readonly Int32Array.Builder _namedRows = new();
    private readonly StringArray.Builder _contents = new();
    private List<IArrowArray>? _built;

    public int Rows { get; private set; }

    public long Bytes { get; private set; }

    /// <summary>Adds a row; the bytes of all rows of the segment up to it.</summary>
    public long Add(int user, ulong idHash, SpooledRecord record, long bytesBefore)
    {
        var bytes = 0;
        for (var index = 0; index < _fields.Length; index++)
        {
            var value = record.Field(index);
            _fields[index].Append(value);
            bytes += value.Length;
        }

        _users.Append(user);
        _created.Append(record.CreatedAtMs);
        _idHashes.Append(idHash);
        _bytesEnd.Append(bytesBefore + bytes);
        Rows++;
        Bytes += bytes;
        return bytesBefore + bytes;
    }

    /// <summary>Tells where the row that was added last came from.</summary>
    public void Came(long addedPosition) => _added.Append(addedPosition);

    /// <summary>Tells how the row that was added last went.</summary>
    public void Went(Remnant remnant, string content)
    {
        _removed.Append(remnant.RemovedPosition);
        _deleted.Append(remnant.IsDeleted ? 1 : 0);
        _namedSegments.Append(remnant.Ref.SegmentId);
        _namedRows.Append(remnant.Ref.Row);
        _contents.Append(content);
        Bytes += remnant.Ref.SegmentId.Length + content.Length;
    }

    public RecordBatch Build(SegmentPlace place)
    {
        _built = [_users.Build(), _created.Build(), _idHashes.Build(), _bytesEnd.Build(), .. _fields.Select(field => field.Build())];
        if (place.Shape != SegmentShape.Plain) _built.Add(_added.Build());
        if (place.Shape == SegmentShape.Remnants) _built.AddRange([_removed.Build(), _deleted.Build(), _namedSegments.Build(), _namedRows.Build(), _contents.Build()]);
        return new RecordBatch(SegmentSchema.Of(place.Dataset, place.Kind, place.Shape), _built, Rows);
    }

    public void Dispose() => _built?.ForEach(array => array.Dispose());
}
