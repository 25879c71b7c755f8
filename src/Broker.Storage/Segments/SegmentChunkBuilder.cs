using Apache.Arrow;
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

    public RecordBatch Build(SegmentPlace place)
    {
        _built = [_users.Build(), _created.Build(), _idHashes.Build(), _bytesEnd.Build(), .. _fields.Select(field => field.Build())];
        return new RecordBatch(SegmentSchema.Of(place.Dataset, place.Kind), _built, Rows);
    }

    public void Dispose() => _built?.ForEach(array => array.Dispose());
}
