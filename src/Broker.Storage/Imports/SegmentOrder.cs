using Broker.Domain.Platforms;

namespace Broker.Storage.Imports;

/// <summary>The order in which rows go into segments: partition, kind, user, creation, hash of the id.</summary>
internal static class SegmentOrder
{
    private const int PartitionShift = 40;
    private const int KindShift = 32;

    public static SortKey KeyOf(int partition, RecordKind kind, int user, long createdAtMs, ulong idHash) => new(
        ((ulong)(uint)partition << PartitionShift) | ((ulong)kind << KindShift) | (uint)user,
        SortKey.Ordered(createdAtMs),
        idHash);

    public static int PartitionOf(SortKey key) => (int)(key.First >> PartitionShift);

    public static RecordKind KindOf(SortKey key) => (RecordKind)((key.First >> KindShift) & 0xFF);

    public static int UserOf(SortKey key) => (int)(uint)key.First;
}
