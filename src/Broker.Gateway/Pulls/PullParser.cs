using Broker.Domain.Releases;
using Broker.Gateway.Parsing;
using Broker.Protos.V1;
using Google.Protobuf;

namespace Broker.Gateway.Pulls;

/// <summary>Reads requests about pulls.</summary>
internal static class PullParser
{
    private const int SliceRecordsMax = 65_536;
    private const int RangesMax = 1_000;
    private const int SlicesMax = 100_000;

    public static (DealName Deal, IReadOnlyList<int> Partitions, int SliceRecords, Domain.Releases.PullFilter? Filter) Parse(PullRequest request, int partitionCount, PullOptions options)
    {
        var fields = new RequestFields();
        var deal = fields.Deal("deal", request.Deal);
        for (var index = 0; index < request.Partitions.Count; index++)
            fields.InRange($"partitions[{index}]", request.Partitions[index], 0, partitionCount - 1);
        if (request.Partitions.Distinct().Count() != request.Partitions.Count) fields.Refuse("partitions", "Name each once.");
        var records = (int)fields.InRange("slice_record_count_max", request.SliceRecordCountMax, 0, SliceRecordsMax);
        var filter = FilterParser.Parse(fields, deal, request.Filter);
        fields.ThrowIfAnyIsWrong();
        return (deal, request.Partitions.Count > 0 ? request.Partitions : [.. Enumerable.Range(0, partitionCount)], records == 0 ? options.SliceRecordsMax : records, filter);
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
        Check(fields, request);
        fields.ThrowIfAnyIsWrong();
        return (deal, Gather(request.Slices, request.Releases), Gather(request.LateSlices, []));
    }

    private static IReadOnlyList<SliceNumbers> Gather(IReadOnlyList<SliceRange> ranges, IReadOnlyList<ByteString> releases)
    {
        var slices = ranges.SelectMany(NumbersOf).ToList();
        return
        [
            .. slices
                .Select((slice, index) => (slice.Range, slice.Number, Release: releases.Count == 0 ? null : releases[index].ToByteArray()))
                .GroupBy(slice => (slice.Range.Partition, slice.Range.Round))
                .Select(group => (group.Key, Slices: group.DistinctBy(slice => slice.Number).OrderBy(slice => slice.Number).ToList()))
                .Select(part => new SliceNumbers(part.Key.Partition, part.Key.Round, part.Slices.ConvertAll(slice => slice.Number))
                {
                    Releases = releases.Count == 0 ? null : part.Slices.ConvertAll(slice => slice.Release!),
                }),
        ];
    }

    private static IEnumerable<(SliceRange Range, int Number)> NumbersOf(SliceRange range) =>
        Enumerable.Range(range.FirstSlice, range.LastSlice - range.FirstSlice + 1).Select(number => (range, number));

    private static void Check(RequestFields fields, ConfirmSlicesRequest request)
    {
        if (request.Releases.Count == 0) return;
        var slices = request.Slices.Sum(range => range.LastSlice - range.FirstSlice + 1);
        if (request.Releases.Count != slices) fields.Refuse("releases", $"One for each of the {slices} slices, or none at all.");
        if (request.Releases.Any(release => release.Length is not (0 or ReleaseTag.Bytes))) fields.Refuse("releases", $"Each is empty, or has {ReleaseTag.Bytes} bytes.");
    }

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
internal sealed record SliceNumbers(int Partition, int Round, IReadOnlyList<int> Numbers)
{
    /// <summary>As many release tags, of 0 or 16 bytes; null where they are known by their names alone.</summary>
    public IReadOnlyList<byte[]>? Releases { get; init; }

    /// <summary>Some of its slices as ranges of neighbours.</summary>
    /// <param name="numbers">Their numbers, in order.</param>
    public IEnumerable<SliceRange> RangesOf(IEnumerable<int> numbers)
    {
        SliceRange? range = null;
        foreach (var number in numbers)
        {
            if (range is not null && range.LastSlice == number - 1)
            {
                range.LastSlice = number;
                continue;
            }

            if (range is not null) yield return range;
            range = new SliceRange { Partition = Partition, Round = Round, FirstSlice = number, LastSlice = number };
        }

        if (range is not null) yield return range;
    }
}
