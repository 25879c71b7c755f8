using Broker.Gateway.Parsing;
using Broker.Grains.Partners;
using Broker.Protos.V1;
using Google.Protobuf.WellKnownTypes;

namespace Broker.Gateway.Partners;

/// <summary>Writes partners and training runs to the wire.</summary>
internal static class PartnerWire
{
    public static Partner ToWire(this PartnerView view) => new()
    {
        Name = ResourceNames.Partner(view.Id),
        DisplayName = view.DisplayName,
        CreateTime = view.CreatedAt.ToTimestamp(),
    };

    public static TrainingRun ToWire(this PartnerTrainingRun run) => new()
    {
        RunId = run.RunId,
        ModelName = run.Model,
        Deal = ResourceNames.Deal(run.Platform, run.Deal),
        ConsumedSlices = { run.Slices.Select(ToWire) },
    };

    private static SliceRange ToWire(PartitionSlices slices) => new()
    {
        Partition = slices.Partition,
        Round = slices.Slices.Round,
        FirstSlice = slices.Slices.First,
        LastSlice = slices.Slices.Last,
    };
}
