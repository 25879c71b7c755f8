using Broker.Domain.Releases;

namespace Broker.Grains.Segments;

/// <summary>The port to published segments.</summary>
public interface ISegmentStore
{
    /// <summary>Opens a segment's rows, checked against its digest the first time; opened once and shared.</summary>
    /// <exception cref="SegmentCorruptException">The object is missing, or is not what the log says.</exception>
    /// <exception cref="SegmentUnavailableException">The object store does not answer, or there is no room for a local copy.</exception>
    Task<SegmentRows> OpenRowsAsync(SegmentRef segment, CancellationToken cancellationToken);
}
