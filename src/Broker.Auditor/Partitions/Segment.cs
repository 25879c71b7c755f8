using Broker.Protos.Log.V1;

namespace Broker.Auditor.Partitions;

/// <summary>A segment as the log names it.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Dataset">The dataset.</param>
/// <param name="Kind">The kind of its records.</param>
/// <param name="Rows">How many.</param>
/// <param name="FirstAdded">The least position at which one of them was added.</param>
/// <param name="LastAdded">The greatest.</param>
/// <param name="CleanUpTo">What was gone by this position does not lie in it.</param>
/// <param name="IsRemnants">Whether it holds what is left of records that are gone.</param>
/// <param name="Digest">SHA-256 of the object.</param>
internal sealed record Segment(
    string Id, string Dataset, int Kind, int Rows, long FirstAdded, long LastAdded, long CleanUpTo, bool IsRemnants, ReadOnlyMemory<byte> Digest)
{
    /// <summary>Rows that were removed while it was being written, by the names that they had.</summary>
    public Dictionary<int, AuditRowName> Carried { get; } = [];

    /// <summary>Who counted its tokens, and the digest of the counts.</summary>
    public Dictionary<string, ReadOnlyMemory<byte>> Tokens { get; } = new(StringComparer.Ordinal);

    /// <summary>Whether its records lie elsewhere now.</summary>
    public bool IsMergedAway { get; set; }

    /// <summary>Whether its files are said to be gone.</summary>
    public bool IsDeleted { get; set; }

    public static Segment Of(RecordsAdded added, long position) =>
        new(added.SegmentId, added.Dataset, (int)added.Kind, added.Rows, position, position, position, IsRemnants: false, added.Digest.Memory);

    public static Segment Of(SegmentsMerged merged, MergedSegment output)
    {
        var info = output.Info ?? new RecordsAdded();
        var segment = new Segment(
            info.SegmentId, info.Dataset, (int)info.Kind, info.Rows, output.FirstAdded, output.LastAdded, merged.CleanUpTo, output.IsRemnants, info.Digest.Memory);
        foreach (var tokens in output.Tokens) segment.Tokens[tokens.Tokenizer] = tokens.Digest.Memory;
        if (!output.IsRemnants)
            foreach (var removal in merged.Carried) segment.Carried[removal.To] = new AuditRowName(removal.SegmentId, removal.Row, removal.AddedPosition);
        return segment;
    }
}

/// <summary>One record of a user.</summary>
internal readonly record struct PlacedRow(Segment Segment, AuditRow Row, int User)
{
    /// <summary>The position at which it was added.</summary>
    public long AddedPosition => Row.AddedPosition ?? Segment.FirstAdded;

    /// <summary>How the log names it once it is removed.</summary>
    public AuditRowName Name => Row.Removed ?? (Segment.Carried.TryGetValue(Row.Row, out var carried) ? carried : new AuditRowName(Segment.Id, Row.Row, AddedPosition));
}
