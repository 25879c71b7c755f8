namespace Broker.Client.Pulls;

/// <summary>Where slices are kept. Broker.Client.Files has one that keeps them in files.</summary>
public interface ISliceSink
{
    /// <summary>Every slice that it ever kept, also after its records were recalled or moved on.</summary>
    IReadOnlyCollection<SliceId> Held { get; }

    /// <summary>Whether it kept this one.</summary>
    bool Holds(SliceId slice);

    /// <summary>Which release of the slice it keeps, as <see cref="ReceivedSlice.Release"/> said; empty where it does not hold the slice or does not know.</summary>
    string ReleaseOf(SliceId slice);

    /// <summary>Sets slices aside that the broker does not know any more: its log was restored from a backup that lacks them. They are in no lineage, and no
    /// recall will name them; what of them is still licensed comes again. When the task ends well it holds them no more, durably, and may get
    /// others under the same names.</summary>
    /// <param name="slices">Slices that it holds.</param>
    /// <param name="cancellationToken">Gives up; set them aside again.</param>
    /// <exception cref="IOException">Some may be set aside and some not; the pull ends, and the next one does it again.</exception>
    Task SetAsideAsync(IReadOnlyCollection<SliceId> slices, CancellationToken cancellationToken);

    /// <summary>Keeps a slice. When the task ends well the slice is durable: only then it is confirmed, and never sent again.</summary>
    /// <param name="slice">A slice that it does not hold.</param>
    /// <param name="cancellationToken">Gives up; the slice is then kept whole or not at all.</param>
    /// <exception cref="IOException">It could not be kept; the pull ends, and the slice comes again at the next one.</exception>
    Task KeepAsync(ReceivedSlice slice, CancellationToken cancellationToken);
}
