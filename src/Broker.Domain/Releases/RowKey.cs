using Broker.Domain.Platforms;

namespace Broker.Domain.Releases;

/// <summary>A record's place among its user's records: by creation, then kind, then the hash of its id. Independent of
/// the segment that holds it, so merging segments moves no cursor.</summary>
/// <param name="CreatedAtMs">Creation at the platform, Unix milliseconds.</param>
/// <param name="Kind">The kind.</param>
/// <param name="IdHash">First 8 bytes of SHA-256 of the record's id, big endian.</param>
public readonly record struct RowKey(long CreatedAtMs, RecordKind Kind, ulong IdHash) : IComparable<RowKey>
{
    /// <summary>Before every record.</summary>
    public static readonly RowKey First = new(long.MinValue, RecordKind.Unspecified, 0);

    /// <inheritdoc/>
    public int CompareTo(RowKey other)
    {
        var byTime = CreatedAtMs.CompareTo(other.CreatedAtMs);
        if (byTime != 0) return byTime;
        var byKind = ((int)Kind).CompareTo((int)other.Kind);
        return byKind != 0 ? byKind : IdHash.CompareTo(other.IdHash);
    }

    /// <summary>Whether <paramref name="left"/> comes first.</summary>
    public static bool operator <(RowKey left, RowKey right) => left.CompareTo(right) < 0;

    /// <summary>Whether <paramref name="left"/> comes later.</summary>
    public static bool operator >(RowKey left, RowKey right) => left.CompareTo(right) > 0;

    /// <summary>Whether <paramref name="left"/> comes first or is the same.</summary>
    public static bool operator <=(RowKey left, RowKey right) => left.CompareTo(right) <= 0;

    /// <summary>Whether <paramref name="left"/> comes later or is the same.</summary>
    public static bool operator >=(RowKey left, RowKey right) => left.CompareTo(right) >= 0;
}
