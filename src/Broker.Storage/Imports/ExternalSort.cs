using System.Globalization;

namespace Broker.Storage.Imports;

/// <summary>Sorts more than fits into memory: sorted runs on disk, merged as they are read. May be read several times.</summary>
/// <param name="directory">Where its runs lie; it exists, and goes with the import.</param>
/// <param name="name">What its runs' names begin with.</param>
/// <param name="bufferBytes">Memory before a run is written; one larger entry is held all the same.</param>
internal sealed class ExternalSort(string directory, string name, int bufferBytes)
{
    /// <summary>Runs merged at once; of more than that some are merged first, so that open files stay few.</summary>
    private const int FanIn = 64;

    private const int EntryOverhead = 40;

    private readonly List<Entry> _entries = [];
    private readonly List<string> _runs = [];
    private byte[] _arena = new byte[Math.Min(bufferBytes, 1 << 16)];
    private int _used;
    private int _runsMade;

    private readonly record struct Entry(SortKey Key, int Offset, int Length);

    /// <summary>Adds an entry; its bytes are copied.</summary>
    public void Add(SortKey key, ReadOnlySpan<byte> payload)
    {
        if (_entries.Count > 0 && (long)_used + payload.Length + (_entries.Count + 1L) * EntryOverhead > bufferBytes) Spill();
        if (_arena.Length - _used < payload.Length) Array.Resize(ref _arena, Math.Max(_used + payload.Length, (int)Math.Min(2L * _arena.Length, Math.Max(bufferBytes, _used + (long)payload.Length))));
        payload.CopyTo(_arena.AsSpan(_used));
        _entries.Add(new Entry(key, _used, payload.Length));
        _used += payload.Length;
    }

    /// <summary>The entries in the order of their keys; equal keys in any order. An entry's bytes hold until the next one is asked for.</summary>
    public IEnumerable<(SortKey Key, ReadOnlyMemory<byte> Payload)> Read()
    {
        if (_runs.Count == 0) return ReadMemory();
        if (_entries.Count > 0) Spill();
        while (_runs.Count > FanIn) MergeOldest();
        return Merge(_runs);
    }

    private IEnumerable<(SortKey Key, ReadOnlyMemory<byte> Payload)> ReadMemory()
    {
        _entries.Sort(static (left, right) => left.Key.CompareTo(right.Key));
        foreach (var entry in _entries) yield return (entry.Key, _arena.AsMemory(entry.Offset, entry.Length));
    }

    private void Spill()
    {
        _runs.Add(WriteRun(ReadMemory()));
        _entries.Clear();
        _used = 0;
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
