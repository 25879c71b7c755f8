using Broker.Domain.Platforms;
using Broker.Domain.Releases;

namespace Broker.Domain.Partitions;

/// <summary>A segment in a partition: what the log says of it, its removed rows, and its rows once they are opened.</summary>
public sealed class PartitionSegment(SegmentInfo info, long addedPosition)
{
    private readonly Dictionary<int, long> _removed = [];
    private readonly HashSet<int> _deleted = [];
    private SegmentRows? _rows;

    /// <summary>What the log says of it.</summary>
    public SegmentInfo Info { get; } = info;

    /// <summary>The position at which its records were added.</summary>
    public long AddedPosition { get; } = addedPosition;

    /// <summary>Rows that were removed one by one, with the position of the removal.</summary>
    public IReadOnlyDictionary<int, long> Removed => _removed;

    /// <summary>Removed rows that their user or platform asked to remove (<see cref="RemovalCause.Deleted"/>): an import must not bring them back.</summary>
    public IReadOnlySet<int> Deleted => _deleted;

    /// <summary>Its rows.</summary>
    /// <exception cref="InvalidOperationException">They were not attached: replay must open segments before it decides.</exception>
    public SegmentRows Rows => _rows ?? throw new InvalidOperationException($"Segment {Info.Id} is not open.");

    internal SegmentSnapshot Freeze() => new(Info, AddedPosition, [.. _removed.Select(row => new RemovedRow(row.Key, row.Value, _deleted.Contains(row.Key)))]);

    internal static PartitionSegment Restore(SegmentSnapshot snapshot)
    {
        var segment = new PartitionSegment(snapshot.Info, snapshot.AddedPosition);
        foreach (var row in snapshot.Removed)
        {
            segment._removed.Add(row.Row, row.Position);
            if (row.IsDeleted) segment._deleted.Add(row.Row);
        }

        return segment;
    }

    internal void Attach(SegmentRows rows) => _rows = rows;

    internal void Remove(int row, long position, RemovalCause cause)
    {
        if (_removed.TryAdd(row, position) && cause == RemovalCause.Deleted) _deleted.Add(row);
    }

    /// <summary>Whether the row was removed at or before a position.</summary>
    public bool IsRemovedAt(int row, long position) => _removed.TryGetValue(row, out var removed) && removed <= position;
}
