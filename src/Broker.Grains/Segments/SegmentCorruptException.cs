namespace Broker.Grains.Segments;

/// <summary>A segment is missing, or is not what the log says.</summary>
/// <param name="segment">The segment's id.</param>
/// <param name="message">What is wrong with it.</param>
/// <param name="innerException">The cause, where there is one.</param>
[GenerateSerializer, Alias("broker.SegmentCorruptException")]
public sealed class SegmentCorruptException(string segment, string message, Exception? innerException = null)
    : Exception($"Segment {segment}: {message}", innerException)
{
    /// <summary>The segment's id.</summary>
    [Id(0)]
    public string Segment { get; } = segment;
}
