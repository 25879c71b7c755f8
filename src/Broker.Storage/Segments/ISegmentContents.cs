using Broker.Grains.Segments;

namespace Broker.Storage.Segments;

/// <summary>Where gateways get the bytes of granted rows.</summary>
public interface ISegmentContents
{
    /// <summary>Opens a segment, checked against its digest the first time; opened once and shared.</summary>
    /// <exception cref="SegmentCorruptException">The object is missing, or is not what the log says.</exception>
    /// <exception cref="SegmentUnavailableException">The object store does not answer, or there is no room for a local copy.</exception>
    Task<SegmentContent> OpenAsync(SegmentRef segment, CancellationToken cancellationToken);
}
