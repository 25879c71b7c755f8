namespace Broker.Grains.Segments;

/// <summary>A published segment.</summary>
/// <param name="Platform">The platform's id.</param>
/// <param name="Dataset">The dataset's id.</param>
/// <param name="Id">The segment's id.</param>
/// <param name="Digest">SHA-256 of the object, 32 bytes.</param>
public sealed record SegmentRef(string Platform, string Dataset, string Id, ReadOnlyMemory<byte> Digest);
