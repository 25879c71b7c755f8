using Broker.Domain;
using Broker.Domain.Platforms;
using Broker.Domain.Releases;
using Broker.Grains.Imports;
using Broker.Grains.Partitions;
using Broker.Storage.Segments;

namespace Broker.Storage.Imports;

/// <summary>Brings a spooled import into its partitions; prepares it again where something else changed a manifest meanwhile.</summary>
internal sealed class ImportRun(
    RecordImport import, ImportSpool spool, IImportPartitions partitions, DirectorySegmentStore store, ImportOptions options, TimeProvider time, string work)
{
    private readonly HashSet<int> _done = [];
    private readonly ImportTally _total = new();
    private int _attempt;

    /// <exception cref="ImportRefusedException">A partition refused its part; what other partitions committed stays, and importing again completes it.</exception>
    public async Task<ImportReport> CompleteAsync(CancellationToken cancellationToken)
    {
        _total.Add(spool.Tally);
        var userCounts = await Task.WhenAll(Enumerable.Range(0, import.PartitionCount).Select(partitions.UserCountAsync));
        var users = new UserNumbers(partitions, userCounts);
        while (await TryAsync(users, cancellationToken) is { } refusal)
            if (refusal.Reason != RefusalReason.ManifestChanged || _attempt >= options.AttemptsMax)
                throw new ImportRefusedException(refusal);
        return _total.ToReport();
    }

    /// <summary>One attempt; what was refused, or null when every partition has its part.</summary>
    private async Task<Refusal?> TryAsync(UserNumbers users, CancellationToken cancellationToken)
    {
        _attempt++;
        using var held = await HeldRecords.OpenAsync(partitions, store, import.Platform, import.Dataset, import.PartitionCount, cancellationToken);
        OrphanSegments.Delete(store.Root, import, held, time.GetUtcNow() - TimeSpan.FromHours(options.OrphanHours));
        var rows = new ExternalSort(work, $"rows-{_attempt}", options.SortBufferBytes);
        var plan = new ImportPlan(import, spool, held, users, rows, _done);
        await plan.PrepareAsync(cancellationToken);
        if (_attempt == 1) _total.Refuse(ImportRefusal.Superseded, plan.Superseded);

        var positions = held.Manifests.Select(manifest => manifest.Position).ToArray();
        return await MoveAsync(plan, held, positions) ?? await CommitAsync(plan, rows, positions, cancellationToken);
    }

    /// <summary>Removes what changes its partition first, and learns the manifests' new positions.</summary>
    private async Task<Refusal?> MoveAsync(ImportPlan plan, HeldRecords held, long[] positions)
    {
        for (var partition = 0; partition < import.PartitionCount; partition++)
        {
            if (plan.MovesFrom(partition) is not { Count: > 0 } moves) continue;
            if (await partitions.CommitAsync(partition, new ImportCommit(import.ImportId, positions[partition], [], moves)) is { } refusal) return refusal;
            var now = await partitions.GetManifestAsync(partition, import.Dataset);
            if (!now.Segments.Select(segment => segment.Segment.Id).SequenceEqual(held.Manifests[partition].Segments.Select(segment => segment.Segment.Id))) return Changed;
            positions[partition] = now.Position;
        }

        return null;
    }

    private async Task<Refusal?> CommitAsync(ImportPlan plan, ExternalSort rows, long[] positions, CancellationToken cancellationToken)
    {
        Refusal? refused = null;
        using var sorted = rows.Read().GetEnumerator();
        var isMore = sorted.MoveNext();
        for (var partition = 0; partition < import.PartitionCount; partition++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var segments = new List<SegmentInfo>();
            while (isMore && SegmentOrder.PartitionOf(sorted.Current.Key) == partition) segments.Add(Write(sorted, segments.Count, positions[partition], ref isMore));
            if (_done.Contains(partition)) continue;
            if (await CommitAsync(plan, partition, positions[partition], segments) is not { } refusal) continue;
            if (refusal.Reason != RefusalReason.ManifestChanged) return refusal;
            refused = refusal;
        }

        return refused;
    }

    private async Task<Refusal?> CommitAsync(ImportPlan plan, int partition, long position, List<SegmentInfo> segments)
    {
        var removals = plan.RemovalsOf(partition);
        if ((segments.Count > 0 || removals.Count > 0)
            && await partitions.CommitAsync(partition, new ImportCommit(import.ImportId, position, segments, removals)) is { } refusal)
            return refusal;
        _done.Add(partition);
        _total.Add(plan.Tallies[partition]);
        return null;
    }

    /// <summary>Writes rows of one partition and kind until they end or the segment is full.</summary>
    private SegmentInfo Write(IEnumerator<(SortKey Key, ReadOnlyMemory<byte> Payload)> sorted, int part, long position, ref bool isMore)
    {
        var (partition, kind) = (SegmentOrder.PartitionOf(sorted.Current.Key), SegmentOrder.KindOf(sorted.Current.Key));
        using var writer = new SegmentWriter(new SegmentPlace(store.Root, import.Platform, import.Dataset, partition, kind, position, part));
        do
        {
            var (key, payload) = sorted.Current;
            writer.Add(SegmentOrder.UserOf(key), key.Third, new SpooledRecord(payload.Span));
            isMore = sorted.MoveNext();
        }
        while (isMore && IsSameSegment(sorted.Current.Key, partition, kind) && writer.Rows < options.SegmentRowsMax && writer.FieldBytes < options.SegmentBytesMax);
        return writer.Finish();
    }

    private static bool IsSameSegment(SortKey key, int partition, RecordKind kind) =>
        SegmentOrder.PartitionOf(key) == partition && SegmentOrder.KindOf(key) == kind;

    private static readonly Refusal Changed = new(RefusalReason.ManifestChanged, "Another import was committed meanwhile; prepare this one again.");
}
