using System.Globalization;
using Broker.Cli.Output;
using Broker.Client.Files;
using Broker.Client.Pulls;
using Broker.Protos.V1;
using Spectre.Console;

namespace Broker.Cli.Commands;

/// <summary>What came of a pull.</summary>
internal static class PullView
{
    /// <summary>For scripts.</summary>
    public static object DocumentOf(SliceDirectory sink, string directory, PullResult result) => new
    {
        sink.Deal,
        Directory = directory,
        sink.Format,
        result.Reason,
        result.ExhaustedLimit,
        SliceCount = result.Total.Slices,
        RecordCount = result.Total.Records,
        ByteCount = result.Total.Bytes,
        RepeatedSliceCount = result.Total.RepeatedSlices,
        LateSliceCount = result.Total.LateSlices,
        LostSliceCount = result.Total.LostSlices,
        BreakCount = result.Total.Breaks,
        result.Charged,
        result.Partitions,
        result.Usage,
    };

    /// <summary>For people.</summary>
    public static void Write(IAnsiConsole console, string directory, string lost, PullResult result)
    {
        var total = result.Total;
        Lines.Write(
            console,
            ("ended", SentenceOf(result)),
            ("records", string.Create(CultureInfo.InvariantCulture, $"{total.Records:N0} in {total.Slices:N0} slices, {total.Bytes:N0} bytes")),
            ("charged", UsageView.Of(result.Charged, total.Currency)),
            ("came again", total.RepeatedSlices == 0 ? "" : $"{Amount.Of(total.RepeatedSlices)} slices that were here; free of charge"),
            ("refused as late", total.LateSlices == 0 ? "" : $"{Amount.Of(total.LateSlices)} slices; reported, and asked for again"),
            ("set aside", total.LostSlices == 0 ? "" : $"{Amount.Of(total.LostSlices)} slices that the platform has lost in a restore, in {lost}; ask it before you use them"),
            ("breaks", total.Breaks == 0 ? "" : Amount.Of(total.Breaks)),
            ("files", directory));
        console.Write(UsageView.Of(result.Usage));
    }

    private static string SentenceOf(PullResult result) => result.Reason switch
    {
        PullEndReason.Finished => "everything that was available is here",
        PullEndReason.QuotaExceeded => $"the limit {result.ExhaustedLimit} is full",
        PullEndReason.DealNotActive => "the deal is not active any more",
        PullEndReason.FollowNotAllowed => "the contract does not allow to follow any more",
        PullEndReason.Stopped => "stopped; what came until then is here",
        _ => Words.Of(result.Reason),
    };
}
