using Broker.Domain.Releases;
using Broker.Grains.Partitions;
using Broker.Grains.Segments;
using Broker.Storage.Segments;

namespace Broker.Storage.Imports;

/// <summary>What a dataset holds when an import is prepared, looked up by ids in the order of their hashes.</summary>
internal sealed class HeldRecords : IDisposable
{
    private readonly List<HeldSegment> _segments = [];
    private readonly PartitionManifest[] _manifests;

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
            return held;
        }
        catch
        {
            held.Dispose();
            throw;
        }
    }

    /// <summary>The live records of an id, and those that were removed by request. Hashes are asked for in ascending order.</summary>
    public (List<HeldRecord> Live, List<HeldRecord> Deleted) Find(ulong hash, ReadOnlySpan<byte> id)
    {
        var (live, deleted) = (new List<HeldRecord>(), new List<HeldRecord>());
        foreach (var segment in _segments) segment.Find(live, deleted, hash, id);
        return (live, deleted);
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
