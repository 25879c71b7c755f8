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
}
