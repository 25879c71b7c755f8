using System.Buffers;
using System.Globalization;
using System.Runtime.InteropServices;

namespace Broker.Storage.Imports;

/// <summary>Sorts more than fits into memory: sorted runs on disk, merged as they are read. May be read several times.</summary>
/// <param name="directory">Where its runs lie; it exists, and goes with the import.</param>
/// <param name="name">What its runs' names begin with.</param>
/// <param name="bufferBytes">Memory before a run is written; one larger entry is held all the same.</param>
internal sealed class ExternalSort(string directory, string name, int bufferBytes) : IDisposable
{
    /// <summary>Runs merged at once; of more than that some are merged first, so that open files stay few.</summary>
    private const int FanIn = 64;

    private const int EntryOverhead = 40;

    // Entries lie in blocks that are taken from a pool: one array that grows is copied and cleared again and again, and each import would take a new one.
    private const int BlockBytesMin = 256;
    private const int BlockBytesMax = 1 << 20;
    private const int BlocksOfBuffer = 16;
    private const int EntriesOfBlock = 4; // a larger entry has a block of its own, so that little of a block stays empty

    private readonly int _blockBytes = Math.Clamp(bufferBytes / BlocksOfBuffer, BlockBytesMin, BlockBytesMax);
    private readonly List<Entry> _entries = [];
    private readonly List<string> _runs = [];
    private readonly List<byte[]> _blocks = [];
    private readonly List<byte[]> _large = [];
    private byte[] _block = [];
    private int _blockUsed;
    private int _blocksUsed;
    private long _used;
    private bool _isSorted;
    private int _runsMade;

    private readonly record struct Entry(SortKey Key, byte[] Block, int Offset, int Length) : IComparable<Entry>
    {
        public int CompareTo(Entry other) => Key.CompareTo(other.Key);
    }

    /// <summary>Whether all entries lie in memory: then the bytes of each hold until the sort is disposed of.</summary>
    public bool IsInMemory => _runs.Count == 0;

    /// <summary>Adds an entry; its bytes are copied.</summary>
    public void Add(SortKey key, ReadOnlySpan<byte> payload)
    {
        SpillIfFull(RoomFor(payload.Length));
        var place = Take(payload.Length);
        payload.CopyTo(place);
        Enter(key, place);
    }

    /// <summary>Adds an entry whose bytes hold as long as this sort: they are not copied, and not counted as its memory.</summary>
    public void AddHeld(SortKey key, ReadOnlyMemory<byte> payload)
    {
        SpillIfFull(0);
        Enter(key, MemoryMarshal.TryGetArray(payload, out var place) ? place : payload.ToArray());
    }

    /// <summary>The entries in the order of their keys; equal keys in any order. An entry's bytes hold until the next one is asked for.</summary>
    public IEnumerable<(SortKey Key, ReadOnlyMemory<byte> Payload)> Read()
    {
        if (_runs.Count == 0) return ReadMemory();
        if (_entries.Count > 0) Spill();
        while (_runs.Count > FanIn) MergeOldest();
        return Merge(_runs);
    }

    /// <summary>Gives its memory back; nothing that was read from it holds any more.</summary>
    public void Dispose()
    {
        Forget();
        _blocks.ForEach(static block => ArrayPool<byte>.Shared.Return(block));
        _blocks.Clear();
    }

    private void Enter(SortKey key, ArraySegment<byte> place)
    {
        _entries.Add(new Entry(key, place.Array!, place.Offset, place.Count));
        _isSorted = false;
    }

    private void SpillIfFull(int room)
    {
        if (_entries.Count > 0 && _used + room + (_entries.Count + 1L) * EntryOverhead > bufferBytes) Spill();
    }

    private bool IsLarge(int length) => length > _blockBytes / EntriesOfBlock;

    private int RoomFor(int length)
    {
        if (IsLarge(length)) return length;
        return _block.Length - _blockUsed < length ? _blockBytes : 0;
    }

    private ArraySegment<byte> Take(int length)
    {
        if (IsLarge(length))
        {
            var own = ArrayPool<byte>.Shared.Rent(length);
            _large.Add(own);
            _used += own.Length;
            return new ArraySegment<byte>(own, 0, length);
        }

        if (_block.Length - _blockUsed < length)
        {
            if (_blocksUsed == _blocks.Count) _blocks.Add(ArrayPool<byte>.Shared.Rent(_blockBytes));
            (_block, _blockUsed) = (_blocks[_blocksUsed++], 0);
            _used += _block.Length;
        }

        var taken = new ArraySegment<byte>(_block, _blockUsed, length);
        _blockUsed += length;
        return taken;
    }

    private void Forget()
    {
        _large.ForEach(static block => ArrayPool<byte>.Shared.Return(block));
        _large.Clear();
        _entries.Clear();
        (_block, _blockUsed, _blocksUsed, _used) = ([], 0, 0, 0);
    }

    private IEnumerable<(SortKey Key, ReadOnlyMemory<byte> Payload)> ReadMemory()
    {
        if (!_isSorted) _entries.Sort();
        _isSorted = true;
        foreach (var entry in _entries) yield return (entry.Key, entry.Block.AsMemory(entry.Offset, entry.Length));
    }

    private void Spill()
    {
        _runs.Add(WriteRun(ReadMemory()));
        Forget();
    }

    // Only as many as leave one merge, and merged ones last: so each entry is copied once for each time that the runs fill the fan.
    private void MergeOldest()
    {
        var oldest = _runs.GetRange(0, Math.Min(FanIn, _runs.Count - FanIn + 1));
        _runs.Add(WriteRun(Merge(oldest)));
        oldest.ForEach(File.Delete);
        _runs.RemoveRange(0, oldest.Count);
    }

    private string WriteRun(IEnumerable<(SortKey Key, ReadOnlyMemory<byte> Payload)> entries)
    {
        var path = Path.Combine(directory, string.Create(CultureInfo.InvariantCulture, $"{name}-{++_runsMade}.run"));
        using var writer = new SortRunWriter(path);
        foreach (var (key, payload) in entries) writer.Write(key, payload.Span);
        return path;
    }

    private static IEnumerable<(SortKey Key, ReadOnlyMemory<byte> Payload)> Merge(IReadOnlyList<string> runs)
    {
        var readers = new List<SortRunReader>(runs.Count);
        try
        {
            readers.AddRange(runs.Select(run => new SortRunReader(run)));
            var queue = new PriorityQueue<SortRunReader, SortKey>();
            foreach (var reader in readers.Where(reader => reader.MoveNext())) queue.Enqueue(reader, reader.Key);
            while (queue.TryDequeue(out var next, out _))
            {
                yield return (next.Key, next.Payload);
                if (next.MoveNext()) queue.Enqueue(next, next.Key);
            }
        }
        finally
        {
            readers.ForEach(reader => reader.Dispose());
        }
    }
}
