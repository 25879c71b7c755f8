namespace Broker.Grains.Segments;

/// <summary>A segment cannot be read now: the object store does not answer, or this node has no room for a copy. It may be tried again.</summary>
/// <param name="segment">The segment's id.</param>
/// <param name="message">Why.</param>
/// <param name="innerException">The cause, where there is one.</param>
[GenerateSerializer, Alias("broker.SegmentUnavailableException")]
public sealed class SegmentUnavailableException(string segment, string message, Exception? innerException = null)
    : Exception($"Segment {segment}: {message}", innerException);
