namespace Broker.Gateway.Pulls;

/// <summary>What a slice is on one wire: its messages, in order.</summary>
/// <typeparam name="T">A message.</typeparam>
internal interface ISliceMessages<out T>
{
    /// <summary>The messages of a slice, each made when its turn comes, from the deadline that is current at its write; with the last one
    /// the slice is whole. To be read once.</summary>
    /// <param name="slice">The slice.</param>
    /// <param name="rows">Its rows, checked to be what was released.</param>
    /// <exception cref="Broker.Grains.Segments.SegmentCorruptException">What was made of them is not what was charged; thrown before the last message.</exception>
    IEnumerable<Func<long, T>> Of(HeldSlice slice, IReadOnlyList<OpenedRows> rows);
}
