namespace Broker.Client.Pulls;

/// <summary>Where slices are kept. Broker.Client.Files has one that keeps them in files.</summary>
public interface ISliceSink
{
    /// <summary>Every slice that it ever kept, also after its records were recalled or moved on.</summary>
    IReadOnlyCollection<SliceId> Held { get; }

    /// <summary>Whether it kept this one.</summary>
    bool Holds(SliceId slice);

    /// <summary>Keeps a slice. When the task ends well the slice is durable: only then it is confirmed, and never sent again.</summary>
    /// <param name="slice">A slice that it does not hold.</param>
    /// <param name="cancellationToken">Gives up; the slice is then kept whole or not at all.</param>
    /// <exception cref="IOException">It could not be kept; the pull ends, and the slice comes again at the next one.</exception>
    Task KeepAsync(ReceivedSlice slice, CancellationToken cancellationToken);
}
