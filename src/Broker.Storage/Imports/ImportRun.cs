using Broker.Domain;
using Broker.Domain.Platforms;
using Broker.Domain.Releases;
using Broker.Grains.Imports;
using Broker.Grains.Partitions;
using Broker.Storage.Segments;

namespace Broker.Storage.Imports;

/// <summary>Brings a spooled import into its partitions; prepares it again where something else changed a manifest meanwhile.</summary>
internal sealed class ImportRun(
    RecordImport import, ImportSpool spool, IImportPartitions partitions, SegmentStore store, ImportOptions options, TimeProvider time, string writer, string work)
{
    private readonly HashSet<int> _done = [];
    private readonly ImportTally _total = new();
    private int _attempt;
    private bool _hasCommitted;

    /// <exception cref="ImportRefusedException">A partition refused its part; what other partitions committed stays, and importing again completes it.</exception>
    public async Task<ImportReport> CompleteAsync(CancellationToken cancellationToken)
    {
        _total.Add(spool.Tally);
        var userCounts = await Task.WhenAll(Enumerable.Range(0, import.PartitionCount).Select(partitions.UserCountAsync));
        var users = new UserNumbers(partitions, userCounts);
        while (await TryAsync(users, _hasCommitted ? CancellationToken.None : cancellationToken) is { } refusal)
            if (refusal.Reason != RefusalReason.ManifestChanged || _attempt >= options.AttemptsMax)
                throw new ImportRefusedException(refusal);
        return _total.ToReport();
    }

    /// <summary>One attempt; what was refused, or null when every partition has its part.</summary>
    private async Task<Refusal?> TryAsync(UserNumbers users, CancellationToken cancellationToken)
    {
        _attempt++;
        users.Forget();
        var begun = time.GetUtcNow(); // before the manifests are read
        using var held = await HeldRecords.OpenAsync(partitions, store, import.Platform, import.Dataset, import.PartitionCount, cancellationToken);
        await OrphanSegments.DeleteAsync(store.Objects, import, held, begun - TimeSpan.FromHours(options.OrphanHours), cancellationToken);
        using var rows = new ExternalSort(work, $"rows-{_attempt}", options.SortBufferBytes);
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
            if (await CommitAsync(partition, new ImportCommit(import.ImportId, positions[partition], [], moves)) is { } refusal) return refusal;
            var now = await partitions.GetManifestAsync(partition, import.Dataset);
            if (!IsAsPrepared(now, held.Manifests[partition], moves)) return Changed;
            positions[partition] = now.Position;
        }

        return null;
    }

    /// <summary>Whether nothing but our own moves changed a partition: an erasure that came between would be passed over otherwise.</summary>
    private static bool IsAsPrepared(PartitionManifest now, PartitionManifest before, IReadOnlyList<RowRemoval> moves)
    {
        if (now.Segments.Count != before.Segments.Count) return false;
        var moved = moves.ToLookup(move => move.SegmentId, move => move.Row, StringComparer.Ordinal);
        return now.Segments.Zip(before.Segments).All(pair =>
            pair.First.Segment.Id == pair.Second.Segment.Id
            && pair.First.ErasedUsers.SequenceEqual(pair.Second.ErasedUsers)
            && pair.First.RemovedRows.SequenceEqual(pair.Second.RemovedRows.Concat(moved[pair.First.Segment.Id]).Order()));
    }

    private async Task<Refusal?> CommitAsync(ImportPlan plan, ExternalSort rows, long[] positions, CancellationToken cancellationToken)
    {
        Refusal? refused = null;
        using var sorted = rows.Read().GetEnumerator();
        var isMore = sorted.MoveNext();
        for (var partition = 0; partition < import.PartitionCount; partition++)
        {
            GiveUpIf(cancellationToken);
            var (segments, begun) = (new List<SegmentInfo>(), time.GetTimestamp());
            while (isMore && SegmentOrder.PartitionOf(sorted.Current.Key) == partition)
            {
                var written = Write(sorted, segments.Count, positions[partition], ref isMore);
                await store.PublishAsync(import.Platform, written, _hasCommitted ? CancellationToken.None : cancellationToken);
                segments.Add(written.Info);
            }

            if (_done.Contains(partition)) continue;
            var refusal = IsTooOld(segments, begun) ? Changed : await CommitAsync(plan, partition, positions[partition], segments);
            if (refusal is null) continue;
            if (refusal.Reason != RefusalReason.ManifestChanged) return refusal;
            refused = refusal;
        }

        return refused;
    }

    private async Task<Refusal?> CommitAsync(ImportPlan plan, int partition, long position, List<SegmentInfo> segments)
    {
        var removals = plan.RemovalsOf(partition);
        if ((segments.Count > 0 || removals.Count > 0)
            && await CommitAsync(partition, new ImportCommit(import.ImportId, position, segments, removals)) is { } refusal)
            return refusal;
        _done.Add(partition);
        _total.Add(plan.Tallies[partition]);
        return null;
    }

    private async Task<Refusal?> CommitAsync(int partition, ImportCommit commit)
    {
        var refusal = await partitions.CommitAsync(partition, commit);
        _hasCommitted |= refusal is null;
        return refusal;
    }

    // Once a part is committed the rest follows: to give up then would keep half.
    private void GiveUpIf(CancellationToken cancellationToken)
    {
        if (!_hasCommitted) cancellationToken.ThrowIfCancellationRequested();
    }

    /// <summary>Writes rows of one partition and kind until they end or the segment is full.</summary>
    private WrittenSegment Write(IEnumerator<(SortKey Key, ReadOnlyMemory<byte> Payload)> sorted, int part, long position, ref bool isMore)
    {
        var (partition, kind) = (SegmentOrder.PartitionOf(sorted.Current.Key), SegmentOrder.KindOf(sorted.Current.Key));
        using var rows = new SegmentWriter(new SegmentPlace(import.Dataset, partition, kind, position, part, writer), work);
        do
        {
            var (key, payload) = sorted.Current;
            rows.Add(SegmentOrder.UserOf(key), key.Third, new SpooledRecord(payload.Span));
            isMore = sorted.MoveNext();
        }
        while (isMore && IsSameSegment(sorted.Current.Key, partition, kind) && rows.Rows < options.SegmentRowsMax && rows.FieldBytes < options.SegmentBytesMax);
        return rows.Finish();
    }

    /// <summary>Whether another process's import might soon take what was just written for what a crash left: then it is not committed.</summary>
    private bool IsTooOld(List<SegmentInfo> segments, long begun) => segments.Count > 0 && time.GetElapsedTime(begun) > TimeSpan.FromHours(options.OrphanHours) / 2;

    private static bool IsSameSegment(SortKey key, int partition, RecordKind kind) =>
        SegmentOrder.PartitionOf(key) == partition && SegmentOrder.KindOf(key) == kind;

    private static readonly Refusal Changed = new(RefusalReason.ManifestChanged, "Another import was committed meanwhile; prepare this one again.");
}
