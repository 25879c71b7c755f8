using System.Buffers;
using System.Globalization;
using System.Security.Cryptography;
using Apache.Arrow.Ipc;
using Broker.Domain.Platforms;
using Broker.Domain.Releases;
using Broker.Storage.Files;
using Broker.Storage.Imports;

namespace Broker.Storage.Segments;

/// <summary>Writes one segment and its ids: rows come in order; both files are whole or absent.</summary>
/// <remarks>The name is made of the partition, the kind, what the import was prepared against and the content's digest: the same import
/// prepared again writes the same file, and nothing that a log names is ever written over with something else.</remarks>
internal sealed class SegmentWriter : IDisposable
{
    /// <summary>Rows and bytes of one record batch: what is held in memory while it is built.</summary>
    private const int ChunkRowsDefault = 4_096;
    private const int ChunkBytesMax = 8 << 20;

    private readonly SegmentPlace _place;
    private readonly int _chunkRowsMax;
    private readonly string _rowsTemporary;
    private readonly FileStream _file;
    private readonly ArrowFileWriter _writer;
    private readonly ArrayBufferWriter<byte> _ids = new();
    private SegmentChunkBuilder _chunk = new();
    private long _bytesEnd;

    public SegmentWriter(SegmentPlace place, int chunkRowsMax = ChunkRowsDefault)
    {
        (_place, _chunkRowsMax) = (place, chunkRowsMax);
        DurableFiles.CreateDirectory(place.Directory);
        _rowsTemporary = place.TemporaryPath;
        _file = new FileStream(_rowsTemporary, FileMode.Create, FileAccess.ReadWrite, FileShare.None, 1 << 16);
        _writer = new ArrowFileWriter(_file, SegmentSchema.Of(place.Dataset, place.Kind), leaveOpen: true);
        _writer.WriteStart();
    }

    /// <summary>Rows so far.</summary>
    public int Rows { get; private set; }

    /// <summary>Bytes of fields so far.</summary>
    public long FieldBytes => _bytesEnd;

    /// <summary>Adds the next row: after all rows before it by user, then <see cref="RowKey"/>.</summary>
    public void Add(int user, ulong idHash, SpooledRecord record)
    {
        SegmentIds.Write(_ids.GetSpan(SegmentIds.EntryBytes), idHash, Rows);
        _ids.Advance(SegmentIds.EntryBytes);
        _bytesEnd = _chunk.Add(user, idHash, record, _bytesEnd);
        Rows++;
        if (_chunk.Rows >= _chunkRowsMax || _chunk.Bytes >= ChunkBytesMax) WriteChunk();
    }

    /// <summary>Publishes the segment.</summary>
    public SegmentInfo Finish()
    {
        if (_chunk.Rows > 0) WriteChunk();
        _writer.WriteEnd();
        _file.Flush(flushToDisk: true);
        var bytes = _file.Length;
        _file.Position = 0;
        var digest = SHA256.HashData(_file);
        _file.Dispose();

        var id = _place.IdOf(digest);
        var idsDigest = WriteIds(id);
        File.Move(_rowsTemporary, SegmentPaths.RowsOf(_place.Root, _place.Platform, _place.Dataset, id), overwrite: true);
        DurableFiles.SyncDirectoryOf(_rowsTemporary);
        return new SegmentInfo(id, _place.Dataset, _place.Kind, Rows, bytes, [.. digest], [.. idsDigest]);
    }

    public void Dispose()
    {
        _chunk.Dispose();
        _writer.Dispose();
        _file.Dispose();
        File.Delete(_rowsTemporary); // gone already where it was published
    }

    private void WriteChunk()
    {
        using var batch = _chunk.Build(_place);
        _writer.WriteRecordBatch(batch);
        _chunk.Dispose();
        _chunk = new SegmentChunkBuilder();
    }

    private byte[] WriteIds(string id)
    {
        var sorted = Sorted(_ids.WrittenSpan, Rows);
        var path = SegmentPaths.IdsOf(_place.Root, _place.Platform, _place.Dataset, id);
        var temporary = _rowsTemporary + SegmentPaths.IdsSuffix;
        using (var file = new FileStream(temporary, FileMode.Create, FileAccess.Write, FileShare.None, 1))
        {
            file.Write(sorted);
            file.Flush(flushToDisk: true);
        }

        File.Move(temporary, path, overwrite: true);
        return SHA256.HashData(sorted);
    }

    private static byte[] Sorted(ReadOnlySpan<byte> entries, int count)
    {
        var keys = new (ulong Hash, int Row)[count];
        for (var index = 0; index < count; index++)
        {
            var entry = entries[(index * SegmentIds.EntryBytes)..];
            keys[index] = (System.Buffers.Binary.BinaryPrimitives.ReadUInt64BigEndian(entry), index);
        }

        System.Array.Sort(keys);
        var sorted = new byte[count * SegmentIds.EntryBytes];
        foreach (var (index, key) in keys.Index()) SegmentIds.Write(sorted.AsSpan(index * SegmentIds.EntryBytes), key.Hash, key.Row);
        return sorted;
    }
}

/// <summary>Where a segment is written, and of what.</summary>
internal sealed record SegmentPlace(string Root, string Platform, string Dataset, int Partition, RecordKind Kind, long ManifestPosition, int Part)
{
    public string Directory => SegmentPaths.DirectoryOf(Root, Platform, Dataset);

    public string TemporaryPath => Path.Combine(Directory, $"{Stem}.tmp");

    private string Stem => string.Create(CultureInfo.InvariantCulture, $"{Partition:x4}-{(int)Kind}-{ManifestPosition}-{Part}");

    public string IdOf(ReadOnlySpan<byte> digest) => $"{Stem}-{Convert.ToHexStringLower(digest[..8])}";
}
