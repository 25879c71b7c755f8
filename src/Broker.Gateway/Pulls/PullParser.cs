using Broker.Gateway.Parsing;
using Broker.Protos.V1;

namespace Broker.Gateway.Pulls;

/// <summary>Reads requests about pulls.</summary>
internal static class PullParser
{
    private const int SliceRecordsMax = 65_536;
    private const int RangesMax = 1_000;
    private const int SlicesMax = 100_000;

    public static (DealName Deal, IReadOnlyList<int> Partitions, int SliceRecords) Parse(PullRequest request, int partitionCount, PullOptions options)
    {
        var fields = new RequestFields();
        var deal = fields.Deal("deal", request.Deal);
        for (var index = 0; index < request.Partitions.Count; index++)
            fields.InRange($"partitions[{index}]", request.Partitions[index], 0, partitionCount - 1);
        if (request.Partitions.Distinct().Count() != request.Partitions.Count) fields.Refuse("partitions", "Name each once.");
        var records = (int)fields.InRange("slice_record_count_max", request.SliceRecordCountMax, 0, SliceRecordsMax);
        fields.ThrowIfAnyIsWrong();
        return (deal, request.Partitions.Count > 0 ? request.Partitions : [.. Enumerable.Range(0, partitionCount)], records == 0 ? options.SliceRecordsMax : records);
    }

    public static (DealName Deal, IReadOnlyList<SliceNumbers> Slices, IReadOnlyList<SliceNumbers> Late) Parse(ConfirmSlicesRequest request, int partitionCount)
    {
        var fields = new RequestFields();
        var deal = fields.Deal("deal", request.Deal);
        fields.RequestId(request.RequestId);
        if (request.Slices.Count + request.LateSlices.Count == 0) fields.Refuse("slices", "Name at least one.");
        Check(fields, "slices", request.Slices, partitionCount);
        Check(fields, "late_slices", request.LateSlices, partitionCount);
        fields.ThrowIfAnyIsWrong();
        return (deal, Gather(request.Slices), Gather(request.LateSlices));
    }

    private static IReadOnlyList<SliceNumbers> Gather(IEnumerable<SliceRange> ranges) =>
    [
        .. ranges
            .GroupBy(range => (range.Partition, range.Round))
            .Select(group => new SliceNumbers(group.Key.Partition, group.Key.Round, [.. group.SelectMany(NumbersOf).Distinct().Order()])),
    ];

    private static IEnumerable<int> NumbersOf(SliceRange range) => Enumerable.Range(range.FirstSlice, range.LastSlice - range.FirstSlice + 1);

    private static void Check(RequestFields fields, string field, IReadOnlyList<SliceRange> ranges, int partitionCount)
    {
        if (ranges.Count > RangesMax) fields.Refuse(field, $"At most {RangesMax} ranges.");
        var slices = 0L;
        for (var index = 0; index < Math.Min(ranges.Count, RangesMax); index++)
        {
            var range = ranges[index];
            fields.InRange($"{field}[{index}].partition", range.Partition, 0, partitionCount - 1);
            fields.InRange($"{field}[{index}].round", range.Round, 1, int.MaxValue);
            fields.InRange($"{field}[{index}].first_slice", range.FirstSlice, 1, int.MaxValue);
            fields.InRange($"{field}[{index}].last_slice", range.LastSlice, Math.Max(1, range.FirstSlice), int.MaxValue);
            slices += (long)range.LastSlice - range.FirstSlice + 1;
        }

        if (slices > SlicesMax) fields.Refuse(field, $"At most {SlicesMax} slices in all.");
    }
}

/// <summary>Slices of one round in one partition.</summary>
internal sealed record SliceNumbers(int Partition, int Round, IReadOnlyList<int> Numbers);
