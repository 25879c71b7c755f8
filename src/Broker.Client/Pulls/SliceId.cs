namespace Broker.Client.Pulls;

/// <summary>Names a slice of a deal: what is charged, sent, confirmed and recalled as one.</summary>
/// <param name="Partition">The partition's index, from 0.</param>
/// <param name="Round">The round in that partition, from 1.</param>
/// <param name="Number">The slice's number in the round, from 1.</param>
public readonly record struct SliceId(int Partition, int Round, int Number) : IComparable<SliceId>
{
    /// <inheritdoc/>
    public int CompareTo(SliceId other) => (Partition, Round, Number).CompareTo((other.Partition, other.Round, other.Number));

    /// <inheritdoc/>
    public override string ToString() => $"partition {Partition}, round {Round}, slice {Number}";

    /// <summary>Whether left comes before right.</summary>
    public static bool operator <(SliceId left, SliceId right) => left.CompareTo(right) < 0;

    /// <summary>Whether left comes after right.</summary>
    public static bool operator >(SliceId left, SliceId right) => left.CompareTo(right) > 0;

    /// <summary>Whether left does not come after right.</summary>
    public static bool operator <=(SliceId left, SliceId right) => left.CompareTo(right) <= 0;

    /// <summary>Whether left does not come before right.</summary>
    public static bool operator >=(SliceId left, SliceId right) => left.CompareTo(right) >= 0;
}
