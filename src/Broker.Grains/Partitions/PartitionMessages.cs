using Broker.Domain.Merges;
using Broker.Grains.Logs;
using Microsoft.Extensions.Logging;

namespace Broker.Grains.Partitions;

/// <summary>What partitions log: event ids 2200 to 2299.</summary>
internal static partial class PartitionMessages
{
    [LoggerMessage(EventId = 2200, Level = LogLevel.Warning, Message = "{Log}: what is due could not be written; the next sweep takes it up.")]
    public static partial void SweepFailed(ILogger logger, LogName log, Exception exception);

    [LoggerMessage(EventId = 2201, Level = LogLevel.Warning, Message = "{Log}: deal {Deal} did not take {Count} settlements; it will ask for them.")]
    public static partial void SettleFailed(ILogger logger, LogName log, string deal, int count, Exception exception);

    [LoggerMessage(EventId = 2202, Level = LogLevel.Information, Message = "{Log}: stream {Stream} pulls deal {Deal}.")]
    public static partial void Attached(ILogger logger, LogName log, string stream, string deal);

    [LoggerMessage(EventId = 2203, Level = LogLevel.Information, Message = "{Log}: {Segments} segments of {Rows} rows and {Bytes} bytes were merged ({Reason}); {Remnants} rows are remnants now.")]
    public static partial void Merged(ILogger logger, LogName log, int segments, long rows, long bytes, MergeReason reason, long remnants);

    [LoggerMessage(EventId = 2204, Level = LogLevel.Error, Message = "{Log}: a merge of {Segments} segments of dataset {Dataset} ({Reason}) was given up; they go on as they are, and it is tried again in {Delay}.")]
    public static partial void MergeGivenUp(ILogger logger, LogName log, int segments, string dataset, MergeReason reason, TimeSpan delay, Exception exception);

    [LoggerMessage(EventId = 2205, Level = LogLevel.Warning, Message = "{Log}: merges stopped; the next look takes them up.")]
    public static partial void MergeFailed(ILogger logger, LogName log, Exception exception);

    [LoggerMessage(EventId = 2206, Level = LogLevel.Critical, Message = "{Log}: merges stopped for a reason that nobody foresaw; the next look takes them up.")]
    public static partial void MergeBroken(ILogger logger, LogName log, Exception exception);

    [LoggerMessage(EventId = 2207, Level = LogLevel.Information, Message = "{Log}: the files of {Segments} merged segments are deleted.")]
    public static partial void Deleted(ILogger logger, LogName log, int segments);

    [LoggerMessage(EventId = 2208, Level = LogLevel.Information, Message = "{Log}: {Objects} objects of dataset {Dataset} that a crash had left were deleted.")]
    public static partial void Collected(ILogger logger, LogName log, string dataset, int objects);

    [LoggerMessage(EventId = 2209, Level = LogLevel.Error, Message = "{Log}: segment {Segment} of dataset {Dataset} ({Rows} rows) is missing, or is not what the log says. What needs its rows fails by its name until the right file is back.")]
    public static partial void SegmentCorrupt(ILogger logger, LogName log, string segment, string dataset, int rows, Exception exception);

    [LoggerMessage(EventId = 2210, Level = LogLevel.Warning, Message = "{Log}: segment {Segment} can be read again.")]
    public static partial void SegmentMended(ILogger logger, LogName log, string segment);

    [LoggerMessage(EventId = 2211, Level = LogLevel.Critical, Message = "{Log} comes from a backup: {Erased} users whose keys are destroyed were erased again, and {PassedOver} numbers are passed over. Give the erasures since the backup again, or a later import brings their users back.")]
    public static partial void ErasedKeyless(ILogger logger, LogName log, int erased, int passedOver);

    [LoggerMessage(EventId = 2212, Level = LogLevel.Information, Message = "{Log}: {Tokens} tokens of {Rows} records in segment {Segment} were counted by {Tokenizer} in {Duration}.")]
    public static partial void Counted(ILogger logger, LogName log, long tokens, int rows, string segment, string tokenizer, TimeSpan duration);

    [LoggerMessage(EventId = 2213, Level = LogLevel.Error, Message = "{Log}: the tokens of segment {Segment} of dataset {Dataset} ({Rows} records) could not be counted. Pulls that are priced or limited by tokens wait for it; it is tried again in {Delay}.")]
    public static partial void NotCounted(ILogger logger, LogName log, string segment, string dataset, int rows, TimeSpan delay, Exception exception);

    [LoggerMessage(EventId = 2214, Level = LogLevel.Warning, Message = "{Log}: counting tokens stopped; the next look takes it up.")]
    public static partial void CountFailed(ILogger logger, LogName log, Exception exception);

    [LoggerMessage(EventId = 2215, Level = LogLevel.Critical, Message = "{Log}: counting tokens stopped for a reason that nobody foresaw; the next look takes it up.")]
    public static partial void CountBroken(ILogger logger, LogName log, Exception exception);

    [LoggerMessage(EventId = 2216, Level = LogLevel.Error, Message = "{Log}: the counts of segment {Segment}'s tokens by {Tokenizer} are missing, or are not what the log says. What needs them fails by its name until they are counted again.")]
    public static partial void CountsCorrupt(ILogger logger, LogName log, string segment, string tokenizer, Exception exception);

    [LoggerMessage(EventId = 2217, Level = LogLevel.Warning, Message = "{Log}: the counts of segment {Segment}'s tokens by {Tokenizer} can be read again.")]
    public static partial void CountsMended(ILogger logger, LogName log, string segment, string tokenizer);
}
