using Broker.Domain.Partitions;
using Broker.Domain.Platforms;
using Broker.Domain.Releases;
using Wire = Broker.Protos.Log.V1;

namespace Broker.Grains.Partitions;

/// <summary>Events of records.</summary>
internal static class RecordWire
{
    public static Wire.RecordsAdded Encode(RecordsAdded added) => new()
    {
        ImportId = added.ImportId,
        SegmentId = added.Segment.Id,
        Dataset = added.Segment.Dataset,
        Kind = (Wire.RecordKind)added.Segment.Kind,
        Rows = added.Segment.Rows,
        Bytes = added.Segment.Bytes,
        Digest = WireValues.Bytes(added.Segment.Digest),
        IdsDigest = WireValues.Bytes(added.Segment.IdsDigest),
    };

    public static RecordsAdded Decode(Wire.RecordsAdded wire) => new(wire.ImportId, new SegmentInfo(
        wire.SegmentId, wire.Dataset, (RecordKind)wire.Kind, wire.Rows, wire.Bytes, WireValues.Bytes(wire.Digest), WireValues.Bytes(wire.IdsDigest)));

    public static Wire.RecordRemoved Encode(RecordRemoved removed) => new()
    {
        User = removed.User,
        SegmentId = removed.SegmentId,
        Row = removed.Row,
        Kind = (Wire.RecordKind)removed.Kind,
        Language = removed.Language,
        CreatedAtMs = removed.CreatedAtMs,
        AddedPosition = removed.AddedPosition,
        SealedId = WireValues.Bytes(removed.SealedId),
        Cause = (Wire.RemovalCause)removed.Cause,
    };

    public static RecordRemoved Decode(Wire.RecordRemoved wire) => new(
        wire.User,
        wire.SegmentId,
        wire.Row,
        (RecordKind)wire.Kind,
        wire.Language,
        wire.CreatedAtMs,
        wire.AddedPosition,
        WireValues.Bytes(wire.SealedId),
        (RemovalCause)wire.Cause);
}
