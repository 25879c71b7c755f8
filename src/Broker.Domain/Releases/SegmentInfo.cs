using System.Collections.Immutable;
using Broker.Domain.Platforms;

namespace Broker.Domain.Releases;

/// <summary>A segment as the log names it.</summary>
/// <param name="Id">Its id, unique in the platform.</param>
/// <param name="Dataset">The dataset's id.</param>
/// <param name="Kind">The kind of all its records.</param>
/// <param name="Rows">Records, 1 or more.</param>
/// <param name="Bytes">Size of the object, bytes.</param>
/// <param name="Digest">SHA-256 of the object.</param>
/// <param name="IdsDigest">SHA-256 of its companion of sorted ids.</param>
public sealed record SegmentInfo(
    string Id, string Dataset, RecordKind Kind, int Rows, long Bytes, ImmutableArray<byte> Digest, ImmutableArray<byte> IdsDigest);
