using Broker.Domain.Platforms;

namespace Broker.Domain.Releases;

/// <summary>A record's place among its user's records: by kind (so that a slice is few runs of rows), then creation, then
/// the hash of its id. Independent of the segment that holds it, so merging segments moves no cursor.</summary>
/// <param name="Kind">The kind.</param>
/// <param name="CreatedAtMs">Creation at the platform, Unix milliseconds.</param>
/// <param name="IdHash">First 8 bytes of SHA-256 of the record's id, big endian.</param>
public readonly record struct RowKey(RecordKind Kind, long CreatedAtMs, ulong IdHash) : IComparable<RowKey>
{
    /// <summary>Before every record of a user.</summary>
    public static readonly RowKey First = new(RecordKind.Unspecified, long.MinValue, 0);

    /// <summary>After every record of a user: the user is finished.</summary>
    public static readonly RowKey Last = new((RecordKind)int.MaxValue, long.MaxValue, ulong.MaxValue);

    /// <inheritdoc/>
    public int CompareTo(RowKey other)
    {
        var byKind = ((int)Kind).CompareTo((int)other.Kind);
        if (byKind != 0) return byKind;
        var byTime = CreatedAtMs.CompareTo(other.CreatedAtMs);
        return byTime != 0 ? byTime : IdHash.CompareTo(other.IdHash);
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
