using System.Text;
using Apache.Arrow.Ipc;
using Broker.Domain.Platforms;
using Broker.Domain.Releases;

namespace Broker.Storage.Segments;

/// <summary>A segment over its mapped file: nothing is copied, and what is not asked for is not read.</summary>
internal sealed class MappedSegment : SegmentContent, IDisposable
{
    private const int MagicBytes = 8; // an Arrow IPC file is this, a stream, and a footer

    private readonly MappedFile _file;
    private readonly SegmentChunk[] _chunks;
    private readonly int[] _firstRows;

    private MappedSegment(string id, string dataset, RecordKind kind, MappedFile file, SegmentChunk[] chunks)
    {
        (SegmentId, Dataset, Kind, _file, _chunks) = (id, dataset, kind, file, chunks);
        _firstRows = new int[chunks.Length];
        foreach (var (index, chunk) in chunks.Index())
        {
            _firstRows[index] = Count;
            Count += chunk.Count;
        }
    }

    public override string SegmentId { get; }

    public override string Dataset { get; }

    public override RecordKind Kind { get; }

    public override int Count { get; }

    /// <summary>Reads the file's structure; its digest has been checked.</summary>
    /// <exception cref="InvalidDataException">The file is no segment of the dataset.</exception>
    public static MappedSegment Open(string path, string id, string dataset)
    {
        var file = MappedFile.Open(path);
        try
        {
            using var reader = new ArrowStreamReader(file.Memory[MagicBytes..]);
            var kind = SegmentSchema.KindOf(reader.Schema, dataset) ?? throw new InvalidDataException("It is no segment of this dataset.");
            var chunks = new List<SegmentChunk>();
            while (reader.ReadNextRecordBatch() is { } batch) chunks.Add(new SegmentChunk(batch));
            return new MappedSegment(id, dataset, kind, file, [.. chunks]);
        }
        catch (Exception failure)
        {
            ((IDisposable)file).Dispose();
            if (failure is IOException or InvalidDataException or OutOfMemoryException) throw;
            // The reader of Arrow files throws whatever it stumbles over.
            throw new InvalidDataException($"It cannot be read as a segment: {failure.Message}", failure);
        }
    }

    public override int UserAt(int row) => At(row, out var at).UserAt(at);

    public override RowKey KeyAt(int row)
    {
        var chunk = At(row, out var at);
        return new RowKey(Kind, chunk.CreatedAtMsAt(at), chunk.IdHashAt(at));
    }

    public override long CreatedAtMsAt(int row) => At(row, out var at).CreatedAtMsAt(at);

    public override string LanguageAt(int row) => Encoding.UTF8.GetString(FieldAt(RecordFields.Language, row));

    public override string IdAt(int row) => Encoding.UTF8.GetString(FieldAt(RecordFields.Id, row));

    public override ReadOnlySpan<byte> FieldAt(RecordFields field, int row) => At(row, out var at).FieldAt(SegmentSchema.IndexOf(field), at);

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

        return bytes;
    }

    public void Dispose()
    {
        foreach (var chunk in _chunks) chunk.Dispose();
        ((IDisposable)_file).Dispose();
    }

    private long BytesEndAt(int row) => At(row, out var at).BytesEndAt(at);

    private SegmentChunk At(int row, out int at)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(row);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(row, Count);
        var index = System.Array.BinarySearch(_firstRows, row);
        if (index < 0) index = ~index - 1;
        at = row - _firstRows[index];
        return _chunks[index];
    }
}
