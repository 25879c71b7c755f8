using Broker.Grains.Segments;

namespace Broker.Storage.Segments;

/// <summary>Where gateways get the bytes of granted rows.</summary>
public interface ISegmentContents
{
    /// <summary>Opens a segment, checked against its digest the first time; opened once and shared.</summary>
    /// <exception cref="SegmentCorruptException">The object is missing, or is not what the log says.</exception>
    Task<SegmentContent> OpenAsync(SegmentRef segment, CancellationToken cancellationToken);
}
