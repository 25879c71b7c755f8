using System.Buffers;
using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using Apache.Arrow.Ipc;
using Broker.Domain.Platforms;
using Broker.Domain.Releases;
using Broker.Storage.Imports;

namespace Broker.Storage.Segments;

/// <summary>Writes one segment and its ids to local files, to be published: rows come in order.</summary>
internal sealed class SegmentWriter : IDisposable
{
    /// <summary>Rows and bytes of one record batch: what is held in memory while it is built.</summary>
    private const int ChunkRowsDefault = 4_096;
    private const int ChunkBytesMax = 8 << 20;

    private readonly SegmentPlace _place;
    private readonly int _chunkRowsMax;
    private readonly string _rowsFile;
    private readonly string _idsFile;
    private readonly DigestedFile _file;
    private readonly ArrowFileWriter _writer;
    private readonly ArrayBufferWriter<byte> _ids = new();
    private readonly SegmentChunkBuilder _chunk;
    private long _bytesEnd;
    private bool _isFinished;

    /// <param name="place">What it is of.</param>
    /// <param name="spool">A directory of the import's own.</param>
    /// <param name="chunkRowsMax">Rows of one record batch.</param>
    public SegmentWriter(SegmentPlace place, string spool, int chunkRowsMax = ChunkRowsDefault)
    {
        (_place, _chunkRowsMax) = (place, chunkRowsMax);
        Directory.CreateDirectory(spool);
        (_rowsFile, _idsFile) = (Path.Combine(spool, place.Stem + SegmentKeys.RowsSuffix), Path.Combine(spool, place.Stem + SegmentKeys.IdsSuffix));
        _file = new DigestedFile(_rowsFile);
        _chunk = new SegmentChunkBuilder(place);
        _writer = new ArrowFileWriter(_file, SegmentSchema.Of(place.Dataset, place.Kind, place.Shape), leaveOpen: true);
        _writer.WriteStart();
    }

    /// <summary>Rows so far.</summary>
    public int Rows { get; private set; }

    /// <summary>Bytes of fields so far.</summary>
    public long FieldBytes => _bytesEnd;

    /// <summary>Adds the next row: after all rows before it by user, then <see cref="RowKey"/>.</summary>
    public void Add(int user, ulong idHash, SpooledRecord record)
    {
        Append(user, idHash, record);
        WriteFullChunk();
    }

    /// <summary>Adds the next row of a merge: a record with where it was added.</summary>
    public void Add(int user, ulong idHash, SpooledRecord record, long addedPosition)
    {
        Append(user, idHash, record);
        Came(addedPosition);
        WriteFullChunk();
    }

    /// <summary>Adds the next remnant: its id and language, where it was added and how it went.</summary>
    /// <param name="user">Whose it was.</param>
    /// <param name="idHash">The hash of its id, of which the id itself may not tell any more.</param>
    /// <param name="record">What stays of it.</param>
    /// <param name="remnant">How it went.</param>
    /// <param name="content">The digest of what it was, where it must not come back; else empty.</param>
    public void Add(int user, ulong idHash, SpooledRecord record, Remnant remnant, string content)
    {
        Append(user, idHash, record);
        Came(remnant.Ref.AddedPosition);
        _chunk.Went(remnant, content);
        WriteFullChunk();
    }

    /// <summary>The least and the greatest position at which a row of a merge was added.</summary>
    public (long First, long Last) Added { get; private set; } = (long.MaxValue, 0);

    private void Came(long addedPosition)
    {
        _chunk.Came(addedPosition);
        Added = (Math.Min(Added.First, addedPosition), Math.Max(Added.Last, addedPosition));
    }

    private void Append(int user, ulong idHash, SpooledRecord record)
    {
        SegmentIds.Write(_ids.GetSpan(SegmentIds.EntryBytes), idHash, Rows);
        _ids.Advance(SegmentIds.EntryBytes);
        _bytesEnd = _chunk.Add(user, idHash, record, _bytesEnd);
        Rows++;
    }

    private void WriteFullChunk()
    {
        if (_chunk.Rows >= _chunkRowsMax || _chunk.Bytes >= ChunkBytesMax) WriteChunk();
    }

    /// <summary>Completes the files, which are the caller's from then on.</summary>
    public WrittenSegment Finish()
    {
        if (_chunk.Rows > 0) WriteChunk();
        _writer.WriteEnd();
        var bytes = _file.Length;
        var digest = _file.Finish();
        var ids = Sorted(_ids.WrittenSpan, Rows);
        File.WriteAllBytes(_idsFile, ids);
        _isFinished = true;
        var info = new SegmentInfo(_place.IdOf(digest), _place.Dataset, _place.Kind, Rows, bytes, [.. digest], [.. SHA256.HashData(ids)]);
        return new WrittenSegment(info, _rowsFile, _idsFile);
    }

    public void Dispose()
    {
        _chunk.Dispose();
        _writer.Dispose();
        _file.Dispose();
        if (_isFinished) return;
        File.Delete(_rowsFile);
        File.Delete(_idsFile);
    }

    private void WriteChunk()
    {
        using var batch = _chunk.Build();
        _writer.WriteRecordBatch(batch);
        _chunk.Clear();
    }

    private static byte[] Sorted(ReadOnlySpan<byte> entries, int count)
    {
        var (hashes, rows) = (new ulong[count], new int[count]);
        for (var row = 0; row < count; row++)
            (hashes[row], rows[row]) = (BinaryPrimitives.ReadUInt64BigEndian(entries[(row * SegmentIds.EntryBytes)..]), row);
        System.Array.Sort(hashes, rows);
        var sorted = new byte[count * SegmentIds.EntryBytes];
        for (int from = 0, to; from < count; from = to)
        {
            for (to = from + 1; to < count && hashes[to] == hashes[from]; to++) { }
            if (to - from > 1) System.Array.Sort(rows, from, to - from); // one hash: by row
            for (var at = from; at < to; at++) SegmentIds.Write(sorted.AsSpan(at * SegmentIds.EntryBytes), hashes[at], rows[at]);
        }

        return sorted;
    }
}

/// <summary>A segment that is written and not yet published.</summary>
/// <param name="Info">What the log will say of it.</param>
/// <param name="RowsFile">Its rows.</param>
/// <param name="IdsFile">Its ids.</param>
internal sealed record WrittenSegment(SegmentInfo Info, string RowsFile, string IdsFile);

/// <summary>What a segment is of: a partition, a kind, what the import, or merge, was prepared against, and which of its segments it is.</summary>
/// <param name="Dataset">The dataset.</param>
/// <param name="Partition">The partition.</param>
/// <param name="Kind">The kind of its records.</param>
/// <param name="ManifestPosition">The position that the import was prepared against.</param>
/// <param name="Part">Its number among the import's segments of the partition.</param>
/// <param name="Writer">A token that no other import has: so a name is written once, and what a log names is never written over, nor
/// what was left behind ever named by one.</param>
internal sealed record SegmentPlace(string Dataset, int Partition, RecordKind Kind, long ManifestPosition, int Part, string Writer)
{
    /// <summary>Which columns it has.</summary>
    public SegmentShape Shape { get; init; }

    /// <summary>What the ids of all segments of a partition begin with.</summary>
    public static string PrefixOf(int partition) => string.Create(CultureInfo.InvariantCulture, $"{partition:x4}-");

    public string Stem => string.Create(CultureInfo.InvariantCulture, $"{Partition:x4}-{(int)Kind}-{ManifestPosition}-{Part}");

    public string IdOf(ReadOnlySpan<byte> digest) => $"{Stem}-{Convert.ToHexStringLower(digest[..8])}-{Writer}";
}
