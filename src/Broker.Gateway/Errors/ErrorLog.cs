using Grpc.Core;

namespace Broker.Gateway.Errors;

/// <summary>What the gateway says of calls that fail. Ids 3000 to 3009.</summary>
internal static partial class ErrorLog
{
    [LoggerMessage(EventId = 3000, Level = LogLevel.Error, Message = "{Method} failed (request {RequestId}).")]
    public static partial void CallFailed(ILogger logger, string method, string requestId, Exception exception);

    [LoggerMessage(EventId = 3001, Level = LogLevel.Warning, Message = "{Method} could not be carried out now (request {RequestId}).")]
    public static partial void CallUnavailable(ILogger logger, string method, string requestId, Exception exception);

    [LoggerMessage(EventId = 3002, Level = LogLevel.Debug, Message = "{Method} was refused (request {RequestId}): {StatusCode}, {Detail}")]
    public static partial void CallRefused(ILogger logger, string method, string requestId, StatusCode statusCode, string detail);
}
