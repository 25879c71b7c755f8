using Broker.Domain.Releases;
using Broker.Grains.Partitions;
using Broker.Storage.Segments;

namespace Broker.Storage.Imports;

/// <summary>A walk over a held segment's ids, by hash.</summary>
internal sealed class HeldSegment(int partition, ManifestSegment manifest, SegmentContent rows, SegmentIds ids) : IDisposable
{
    private int _at;

    /// <summary>The hash at which the walk stands: what is asked for below it is not here. The largest one at the end.</summary>
    public ulong Next => _at < ids.Count ? ids.HashAt(_at) : ulong.MaxValue;

    /// <summary>Adds the rows of an id that are live, or were removed by request.</summary>
    public void Find(List<HeldRecord> live, List<HeldRecord> deleted, ulong hash, ReadOnlySpan<byte> id)
    {
        _at = ids.Seek(_at, hash);
        for (var index = _at; index < ids.Count && ids.HashAt(index) == hash; index++)
        {
            var row = ids.RowAt(index);
            if (!rows.FieldEquals(RecordFields.Id, row, id)) continue;
            if (IsLive(row)) live.Add(new HeldRecord(partition, rows, row));
            else if (IsDeleted(row)) deleted.Add(new HeldRecord(partition, rows, row));
        }
    }

    public IEnumerable<HeldRecord> SkippedTo(ulong hash) => Walk(() => ids.HashAt(_at) < hash, static _ => true);

    public IEnumerable<HeldRecord> Pass(ulong hash, IReadOnlyCollection<string> seenIds) =>
        Walk(() => ids.HashAt(_at) == hash, row => !seenIds.Contains(rows.IdAt(row)));

    public IEnumerable<HeldRecord> Rest() => Walk(static () => true, static _ => true);

    public void Dispose() => ids.Dispose();

    private IEnumerable<HeldRecord> Walk(Func<bool> goesOn, Func<int, bool> isTaken)
    {
        for (; _at < ids.Count && goesOn(); _at++)
        {
            var row = ids.RowAt(_at);
            if (IsLive(row) && isTaken(row)) yield return new HeldRecord(partition, rows, row);
        }
    }

    private bool IsLive(int row) => !rows.IsRemnants && Array.BinarySearch(manifest.RemovedRows, row) < 0 && !IsErased(row);

    // Who is erased stays out whatever they had removed before: their rows are refused for that.
    private bool IsDeleted(int row) => (rows.IsRemnants ? rows.RemnantAt(row).IsDeleted : Array.BinarySearch(manifest.DeletedRows, row) >= 0) && !IsErased(row);

    private bool IsErased(int row) => Array.BinarySearch(manifest.ErasedUsers, rows.UserAt(row)) >= 0;
}
