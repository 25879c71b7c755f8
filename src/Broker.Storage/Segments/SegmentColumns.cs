using Broker.Domain.Releases;

namespace Broker.Storage.Segments;

/// <summary>The columns of neighbouring rows as they lie in memory, little endian: to be sent as they are. Valid as long as somebody refers to
/// their segment: <c>GC.KeepAlive</c> it after the last use of what is read out of them.</summary>
public abstract class SegmentColumns
{
    /// <summary>The first of the rows, in the segment.</summary>
    public required int FirstRow { get; init; }

    /// <summary>Rows, 1 or more.</summary>
    public abstract int Count { get; }

    /// <summary>When each record was created, Unix milliseconds: one int64 a row.</summary>
    public abstract ReadOnlyMemory<byte> CreatedAtMs { get; }

    /// <summary>Where a field's values begin among <see cref="ValuesOf"/>, and where the last ends: int32, one more than rows.</summary>
    /// <param name="field">One field.</param>
    public abstract ReadOnlyMemory<byte> OffsetsOf(RecordFields field);

    /// <summary>A field's values in UTF-8, one after another.</summary>
    /// <param name="field">One field.</param>
    public abstract ReadOnlyMemory<byte> ValuesOf(RecordFields field);
}
