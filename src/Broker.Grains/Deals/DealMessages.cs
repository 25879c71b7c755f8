using Broker.Grains.Logs;
using Microsoft.Extensions.Logging;

namespace Broker.Grains.Deals;

/// <summary>What deals log: event ids 2300 to 2399.</summary>
internal static partial class DealMessages
{
    [LoggerMessage(EventId = 2300, Level = LogLevel.Warning, Message = "{Log}: what is due could not be written or answered; the next sweep takes it up.")]
    public static partial void SweepFailed(ILogger logger, LogName log, Exception exception);
}
