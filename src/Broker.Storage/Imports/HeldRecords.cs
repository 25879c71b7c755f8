using System.Numerics;
using Broker.Domain.Releases;
using Broker.Grains.Partitions;
using Broker.Grains.Segments;
using Broker.Storage.Segments;

namespace Broker.Storage.Imports;

/// <summary>What a dataset holds when an import is prepared, looked up by ids in the order of their hashes.</summary>
internal sealed class HeldRecords : IDisposable
{
    private const int SegmentsAtOnce = 16; // a multiple of what any machine compares at once

    private readonly List<HeldSegment> _segments = [];
    private readonly PartitionManifest[] _manifests;
    private readonly List<HeldRecord> _live = [];
    private readonly List<HeldRecord> _deleted = [];
    private ulong[] _next = []; // of each segment, at most where its walk stands: most segments are passed over by one comparison

    private HeldRecords(PartitionManifest[] manifests) => _manifests = manifests;

    /// <summary>Each partition's manifest as it was read.</summary>
    public IReadOnlyList<PartitionManifest> Manifests => _manifests;

    /// <exception cref="SegmentCorruptException">A held segment, or its ids, is missing or broken.</exception>
    public static async Task<HeldRecords> OpenAsync(
        IImportPartitions partitions, SegmentStore store, string platform, string dataset, int partitionCount, CancellationToken cancellationToken)
    {
        var manifests = await Task.WhenAll(Enumerable.Range(0, partitionCount).Select(index => partitions.GetManifestAsync(index, dataset)));
        var held = new HeldRecords(manifests);
        try
        {
            foreach (var (partition, manifest) in manifests.Index())
                foreach (var segment in manifest.Segments)
                    held._segments.Add(await OpenAsync(store, platform, partition, segment, cancellationToken));
            held._next = new ulong[held._segments.Count];
            return held;
        }
        catch
        {
            held.Dispose();
            throw;
        }
    }

    /// <summary>The live records of an id, and those that were removed by request: both lists are the next call's too. Hashes are asked for in ascending order.</summary>
    public (List<HeldRecord> Live, List<HeldRecord> Deleted) Find(ulong hash, ReadOnlySpan<byte> id)
    {
        _live.Clear();
        _deleted.Clear();
        for (var from = 0; from < _next.Length; from += SegmentsAtOnce)
        {
            var next = _next.AsSpan(from, Math.Min(SegmentsAtOnce, _next.Length - from));
            if (!IsAnyReachedBy(next, hash)) continue;
            for (var index = 0; index < next.Length; index++)
            {
                if (next[index] > hash) continue;
                _segments[from + index].Find(_live, _deleted, hash, id);
                next[index] = _segments[from + index].Next;
            }
        }

        return (_live, _deleted);
    }

    private static bool IsAnyReachedBy(ReadOnlySpan<ulong> next, ulong hash)
    {
        if (next.Length < SegmentsAtOnce) return true;
        var reached = Vector<ulong>.Zero;
        var asked = new Vector<ulong>(hash);
        for (var at = 0; at < next.Length; at += Vector<ulong>.Count) reached |= Vector.LessThanOrEqual(new Vector<ulong>(next[at..]), asked);
        return reached != Vector<ulong>.Zero;
    }

    /// <summary>The live records between the hash that was passed last and this one: an import in order has nothing of them.</summary>
    public IEnumerable<HeldRecord> SkippedTo(ulong hash) => _segments.SelectMany(segment => segment.SkippedTo(hash));

    /// <summary>Passes a hash: its live records that are not among the seen ids.</summary>
    public IEnumerable<HeldRecord> Pass(ulong hash, IReadOnlyCollection<string> seenIds) => _segments.SelectMany(segment => segment.Pass(hash, seenIds));

    /// <summary>The live records after the hash that was passed last.</summary>
    public IEnumerable<HeldRecord> Rest() => _segments.SelectMany(segment => segment.Rest());

    public void Dispose() => _segments.ForEach(segment => segment.Dispose());

    private static async Task<HeldSegment> OpenAsync(
        SegmentStore store, string platform, int partition, ManifestSegment manifest, CancellationToken cancellationToken)
    {
        var info = manifest.Segment;
        var rows = await store.OpenAsync(new SegmentRef(platform, info.Dataset, info.Id, info.Digest.AsMemory()), cancellationToken);
        return new HeldSegment(partition, manifest, rows, await store.OpenIdsAsync(platform, info, cancellationToken));
    }
}

/// <summary>A record that a dataset holds, or held until it was removed by request.</summary>
internal readonly record struct HeldRecord(int Partition, SegmentContent Segment, int Row)
{
    /// <summary>Whether it says the same as a record of an import.</summary>
    public bool IsSame(SpooledRecord record)
    {
        if (Segment.IsRemnants) return Segment.ContentDigestAt(Row) is { Length: > 0 } was && was == record.Digest();
        if (Segment.Kind != record.Kind || Segment.CreatedAtMsAt(Row) != record.CreatedAtMs) return false;
        for (var index = 0; index < SegmentSchema.Fields.Length; index++)
            if (!Segment.FieldEquals(SegmentSchema.Fields[index], Row, record.Field(index)))
                return false;
        return true;
    }

    /// <summary>Whether a record of an import has the same owner.</summary>
    public bool IsOf(ReadOnlySpan<byte> userId) => Segment.FieldEquals(RecordFields.Author, Row, userId);
}
