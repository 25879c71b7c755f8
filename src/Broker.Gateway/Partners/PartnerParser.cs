using Broker.Domain.Lineage;
using Broker.Gateway.Parsing;
using Broker.Grains.Partners;
using Broker.Protos.V1;

namespace Broker.Gateway.Partners;

/// <summary>Reads requests about partners and training runs.</summary>
internal static class PartnerParser
{
    private const int RangesMax = 10_000;

    public static (string Id, string DisplayName) Parse(CreatePartnerRequest request)
    {
        var fields = new RequestFields();
        var command = (
            fields.Id("partner_id", request.PartnerId),
            fields.Text("partner.display_name", request.Partner?.DisplayName ?? "", RequestFields.DisplayNameMax));
        fields.RequestId(request.RequestId);
        fields.ThrowIfAnyIsWrong();
        return command;
    }

    public static PartnerTrainingRun Parse(RegisterTrainingRunRequest request, int partitionCount)
    {
        var fields = new RequestFields();
        fields.RequestId(request.RequestId);
        var run = request.TrainingRun;
        var deal = fields.Deal("training_run.deal", run.Deal);
        var parsed = new PartnerTrainingRun(
            deal.Platform,
            deal.Deal,
            fields.Id("training_run.run_id", run.RunId),
            fields.Text("training_run.model_name", run.ModelName, RequestFields.DisplayNameMax),
            Slices(fields, run.ConsumedSlices, partitionCount));
        fields.ThrowIfAnyIsWrong();
        return parsed;
    }

    private static List<PartitionSlices> Slices(RequestFields fields, IReadOnlyList<SliceRange> ranges, int partitionCount)
    {
        if (ranges.Count is < 1 or > RangesMax) fields.Refuse("training_run.consumed_slices", $"1 to {RangesMax} ranges.");
        return [.. ranges.Take(RangesMax).Select((range, index) => Slices(fields, $"training_run.consumed_slices[{index}]", range, partitionCount))];
    }

    private static PartitionSlices Slices(RequestFields fields, string field, SliceRange range, int partitionCount)
    {
        fields.InRange($"{field}.partition", range.Partition, 0, partitionCount - 1);
        fields.InRange($"{field}.round", range.Round, 1, int.MaxValue);
        fields.InRange($"{field}.first_slice", range.FirstSlice, 1, int.MaxValue);
        if (range.LastSlice < range.FirstSlice) fields.Refuse($"{field}.last_slice", "At least first_slice.");
        return new PartitionSlices(range.Partition, new SliceRun(range.Round, range.FirstSlice, range.LastSlice));
    }
}
