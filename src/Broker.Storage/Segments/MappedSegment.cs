using System.Text;
using Apache.Arrow.Ipc;
using Broker.Domain.Platforms;
using Broker.Domain.Releases;
using Broker.Storage.Objects.Caching;

namespace Broker.Storage.Segments;

/// <summary>A segment over its mapped file: nothing is copied, and what is not asked for is not read.</summary>
/// <remarks>Over a local copy, or once its object is deleted, it is let go by the collector. So each method keeps it alive until it has read what it reads; who
/// takes a span out of it does that themselves: see <see cref="SegmentContent.FieldAt"/>.</remarks>
internal sealed class MappedSegment : SegmentContent, IDisposable
{
    private const int MagicBytes = 8; // an Arrow IPC file is this, a stream, and a footer

    private readonly MappedFile _file;
    private readonly OpenCopy? _copy;
    private readonly SegmentChunk[] _chunks;
    private readonly int[] _firstRows;

    private MappedSegment(string id, string dataset, RecordKind kind, MappedFile file, OpenCopy? copy, SegmentChunk[] chunks)
    {
        (SegmentId, Dataset, Kind, _file, _copy, _chunks) = (id, dataset, kind, file, copy, chunks);
        if (copy is null) GC.SuppressFinalize(this);
        _firstRows = new int[chunks.Length];
        foreach (var (index, chunk) in chunks.Index())
        {
            _firstRows[index] = Count;
            Count += chunk.Count;
        }
    }

    ~MappedSegment() => Close();

    public override string SegmentId { get; }

    public override string Dataset { get; }

    public override RecordKind Kind { get; }

    public override int Count { get; }

    public override bool IsMerged => _chunks is [{ Added: not null }, ..];

    public override bool IsRemnants => _chunks is [{ Remnants: not null }, ..];

    /// <summary>Whether it lies in a local copy, which it holds open.</summary>
    public bool IsCopy => _copy is not null;

    /// <summary>Reads the file's structure; its digest has been checked.</summary>
    /// <exception cref="InvalidDataException">The file is no segment of the dataset.</exception>
    public static MappedSegment Open(string path, string id, string dataset, OpenCopy? copy = null)
    {
        var file = MappedFile.Open(path);
        try
        {
            using var reader = new ArrowStreamReader(file.Memory[MagicBytes..]);
            var kind = SegmentSchema.KindOf(reader.Schema, dataset) ?? throw new InvalidDataException("It is no segment of this dataset.");
            var shape = SegmentSchema.ShapeOf(reader.Schema);
            var chunks = new List<SegmentChunk>();
            for (var first = 0; reader.ReadNextRecordBatch() is { } batch; first += batch.Length) chunks.Add(new SegmentChunk(batch, shape) { FirstRow = first });
            return new MappedSegment(id, dataset, kind, file, copy, [.. chunks]);
        }
        catch (Exception failure)
        {
            ((IDisposable)file).Dispose();
            if (failure is IOException or InvalidDataException or OutOfMemoryException) throw;
            // The reader of Arrow files throws whatever it stumbles over.
            throw new InvalidDataException($"It cannot be read as a segment: {failure.Message}", failure);
        }
    }

    public override int UserAt(int row) => Alive(At(row, out var at).UserAt(at));

    public override int EndOfUserAt(int row)
    {
        var chunk = At(row, out var at);
        var (user, end) = (chunk.UserAt(at), row);
        while (true)
        {
            var behind = chunk.EndOfUser(user, at);
            end += behind - at;
            if (behind < chunk.Count || end == Count) return Alive(end);
            chunk = At(end, out at);
        }
    }

    public override RowKey KeyAt(int row)
    {
        var chunk = At(row, out var at);
        return Alive(new RowKey(Kind, chunk.CreatedAtMsAt(at), chunk.IdHashAt(at)));
    }

    public override long CreatedAtMsAt(int row) => Alive(At(row, out var at).CreatedAtMsAt(at));

    public override string LanguageAt(int row) => Alive(Encoding.UTF8.GetString(FieldAt(RecordFields.Language, row)));

    public override string IdAt(int row) => Alive(Encoding.UTF8.GetString(FieldAt(RecordFields.Id, row)));

    public override void AddIdsTo(SliceDigest digest, int from, int to)
    {
        while (from < to)
        {
            var chunk = At(from, out var at);
            var end = Math.Min(chunk.Count, at + (to - from));
            chunk.AddIdsTo(digest, at, end);
            from += end - at;
        }

        GC.KeepAlive(this);
    }

    public override ReadOnlySpan<byte> FieldAt(RecordFields field, int row) => At(row, out var at).FieldAt(SegmentSchema.IndexOf(field), at);

    public override SegmentColumns ColumnsAt(int row) => At(row, out _);

    public override long AddedAt(int row) => At(row, out var at).Added is { } added ? Alive(added.Values[at]) : base.AddedAt(row);

    public override Remnant RemnantAt(int row)
    {
        var chunk = At(row, out var at);
        return chunk.Remnants is { } remnants ? Alive(remnants.At(at, chunk.Added!.Values[at])) : base.RemnantAt(row);
    }

    public override string ContentDigestAt(int row) => At(row, out var at).Remnants is { } remnants ? Alive(remnants.Contents.GetString(at)) : base.ContentDigestAt(row);

    /// <summary>Goes with the last reference to it from here on; its store refers to it no more.</summary>
    public void LetGo()
    {
        if (_copy is null) GC.ReRegisterForFinalize(this);
    }

    public override long BytesOf(int from, int to, FieldPolicy policy)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(from);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(to, Count);
        if (from >= to) return 0;
        if (policy.Plain == RecordFields.All) return BytesEndAt(to - 1) - (from == 0 ? 0 : BytesEndAt(from - 1));
        long bytes = 0;
        while (from < to)
        {
            var chunk = At(from, out var at);
            var end = Math.Min(chunk.Count, at + (to - from));
            bytes += chunk.BytesOf(at, end, policy);
            from += end - at;
        }

        return Alive(bytes);
    }

    public void Dispose()
    {
        GC.SuppressFinalize(this);
        foreach (var chunk in _chunks) chunk.Dispose();
        Close();
    }

    private void Close()
    {
        ((IDisposable)_file).Dispose();
        _copy?.Dispose();
    }

    private T Alive<T>(T read)
    {
        GC.KeepAlive(this);
        return read;
    }

    private long BytesEndAt(int row) => Alive(At(row, out var at).BytesEndAt(at));

    private SegmentChunk At(int row, out int at)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(row);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(row, Count);
        // Where records are not large, every piece but the last has as many rows as the first.
        var index = row / _chunks[0].Count;
        if (index >= _chunks.Length || (uint)(row - _firstRows[index]) >= (uint)_chunks[index].Count)
        {
            index = System.Array.BinarySearch(_firstRows, row);
            if (index < 0) index = ~index - 1;
        }

        at = row - _firstRows[index];
        return _chunks[index];
    }
}
