using Broker.Domain.Partitions;
using Broker.Domain.Releases;
using Broker.Domain.Tokens;
using Wire = Broker.Protos.Log.V1;

namespace Broker.Grains.Partitions;

/// <summary>Segments in a snapshot, and merges in the log.</summary>
internal static class SegmentWire
{
    public static Wire.SegmentsMerged Encode(SegmentsMerged merged) => new()
    {
        Inputs = { merged.Inputs },
        Outputs =
        {
            merged.Outputs.Select(output => new Wire.MergedSegment
            {
                Info = Encode(output.Segment), FirstAdded = output.FirstAdded, LastAdded = output.LastAdded, IsRemnants = output.IsRemnants,
                Tokens = { output.Tokens.Select(Encode) },
            }),
        },
        CleanUpTo = merged.CleanUpTo,
        Carried =
        {
            merged.Carried.Select(removal => new Wire.CarriedRemoval
            {
                SegmentId = removal.SegmentId, Row = removal.Row, AddedPosition = removal.AddedPosition, To = removal.To,
            }),
        },
    };

    public static SegmentsMerged Decode(Wire.SegmentsMerged wire) => new(
        [.. wire.Inputs],
        [.. wire.Outputs.Select(output => new MergedSegment(Decode(output.Info), output.FirstAdded, output.LastAdded, output.IsRemnants)
        {
            Tokens = [.. output.Tokens.Select(Decode)],
        })],
        wire.CleanUpTo,
        [.. wire.Carried.Select(removal => new CarriedRemoval(removal.SegmentId, removal.Row, removal.AddedPosition, removal.To))]);

    public static Wire.Segment Encode(SegmentSnapshot segment)
    {
        var wire = new Wire.Segment
        {
            Info = Encode(segment.Info),
            AddedPosition = segment.FirstAdded,
            LastAdded = segment.LastAdded,
            CleanUpTo = segment.CleanUpTo,
            IsRemnants = segment.IsRemnants,
            Removed = { segment.Removed.Select(Encode) },
            Tokens = { segment.Tokens.Select(Encode) },
        };
        if (segment.OldestRemovalAt is { } at) wire.OldestRemovalAtTicks = WireValues.Ticks(at);
        return wire;
    }

    public static SegmentSnapshot Decode(Wire.Segment wire) => new(
        Decode(wire.Info),
        wire.AddedPosition,
        wire.LastAdded,
        wire.CleanUpTo,
        wire.IsRemnants,
        wire.HasOldestRemovalAtTicks ? WireValues.Time(wire.OldestRemovalAtTicks) : null,
        [.. wire.Removed.Select(row => new RemovedRow(row.Row, row.Position, row.IsDeleted, row.Ref is { } named ? RecallWire.Decode(named) : null))])
    {
        Tokens = [.. wire.Tokens.Select(Decode)],
    };

    public static Wire.GoneUser Encode(GoneUser gone) =>
        new() { User = gone.User, Position = gone.Position, AtTicks = WireValues.Ticks(gone.At), IsKeyDestroyed = gone.IsKeyDestroyed };

    public static GoneUser Decode(Wire.GoneUser wire) => new(wire.User, wire.Position, WireValues.Time(wire.AtTicks), wire.IsKeyDestroyed);

    public static Wire.RetiredSegment Encode(RetiredSegment retired) =>
        new() { Info = Encode(retired.Info), Position = retired.Position, AtTicks = WireValues.Ticks(retired.At), Tokens = { retired.Tokens.Select(Encode) } };

    public static RetiredSegment Decode(Wire.RetiredSegment wire) => new(Decode(wire.Info), wire.Position, WireValues.Time(wire.AtTicks))
    {
        Tokens = [.. wire.Tokens.Select(Decode)],
    };

    public static Wire.TokensCounted Encode(TokensCounted counted) => new() { SegmentId = counted.SegmentId, Tokens = Encode(counted.Tokens) };

    public static TokensCounted Decode(Wire.TokensCounted wire) =>
        new(wire.SegmentId, Decode(wire.Tokens ?? throw new InvalidDataException("Counts of tokens are missing.")));

    private static Wire.SegmentTokens Encode(SegmentTokens tokens) => new() { Tokenizer = tokens.Tokenizer, Digest = WireValues.Bytes(tokens.Digest) };

    private static SegmentTokens Decode(Wire.SegmentTokens wire) => new(wire.Tokenizer, WireValues.Bytes(wire.Digest));

    private static Wire.RemovedRow Encode(RemovedRow row) =>
        new() { Row = row.Row, Position = row.Position, IsDeleted = row.IsDeleted, Ref = row.Ref is { } named ? RecallWire.Encode(named) : null };

    private static Wire.RecordsAdded Encode(SegmentInfo info) => RecordWire.Encode(new RecordsAdded("", info));

    private static SegmentInfo Decode(Wire.RecordsAdded? wire) => RecordWire.Decode(wire ?? throw new InvalidDataException("A segment is missing.")).Segment;
}
