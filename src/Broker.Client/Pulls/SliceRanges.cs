using Broker.Protos.V1;

namespace Broker.Client.Pulls;

/// <summary>Slices as ranges of neighbours: how they travel.</summary>
public static class SliceRanges
{
    /// <summary>The fewest ranges that hold exactly these slices, in order.</summary>
    /// <param name="slices">The slices, in any order.</param>
    /// <param name="lengthMax">Most slices of a range, at least 1.</param>
    public static IReadOnlyList<SliceRange> Of(IEnumerable<SliceId> slices, int lengthMax = int.MaxValue)
    {
        var ranges = new List<SliceRange>();
        foreach (var slice in slices.Distinct().Order())
            if (ranges is [.., var last] && Continues(last, slice) && last.LastSlice - last.FirstSlice + 1 < lengthMax) last.LastSlice++;
            else ranges.Add(new SliceRange { Partition = slice.Partition, Round = slice.Round, FirstSlice = slice.Number, LastSlice = slice.Number });
        return ranges;
    }

    /// <summary>The slices of a range, in order.</summary>
    public static IEnumerable<SliceId> Slices(this SliceRange range) =>
        Enumerable.Range(range.FirstSlice, range.LastSlice - range.FirstSlice + 1).Select(number => new SliceId(range.Partition, range.Round, number));

    /// <summary>Whether a slice lies in a range.</summary>
    public static bool Contains(this SliceRange range, SliceId slice) =>
        range.Partition == slice.Partition && range.Round == slice.Round && range.FirstSlice <= slice.Number && slice.Number <= range.LastSlice;

    private static bool Continues(SliceRange range, SliceId slice) =>
        range.Partition == slice.Partition && range.Round == slice.Round && range.LastSlice == slice.Number - 1;
}
