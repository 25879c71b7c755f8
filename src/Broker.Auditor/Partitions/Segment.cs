namespace Broker.Auditor.Partitions;

/// <summary>A segment as the log names it.</summary>
internal sealed record Segment(string Id, string Dataset, int Kind, int Rows, long AddedPosition, ReadOnlyMemory<byte> Digest)
{
    /// <summary>Removed rows and the positions of their removal.</summary>
    public Dictionary<int, long> Removed { get; } = [];

    public bool IsRemoved(int row, long at) => Removed.TryGetValue(row, out var position) && position <= at;
}

/// <summary>One record of a user.</summary>
internal readonly record struct PlacedRow(Segment Segment, AuditRow Row, int User);
