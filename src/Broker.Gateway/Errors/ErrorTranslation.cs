using Broker.Grains.Imports;
using Broker.Grains.Keys;
using Broker.Grains.Logs;
using Broker.Grains.Segments;
using Broker.Storage.Objects;
using Google.Rpc;
using Grpc.Core;

namespace Broker.Gateway.Errors;

/// <summary>What an exception is on the wire. What is not a caller's business stays in the node's log.</summary>
internal static class ErrorTranslation
{
    private static readonly TimeSpan RetryDelay = TimeSpan.FromSeconds(1);

    private const string UnknownOutcome =
        "Nobody knows whether it was carried out. Repeat it with the same request id: it happens once.";

    /// <summary>The error for an exception of a call.</summary>
    /// <param name="exception">What was thrown.</param>
    /// <param name="isCancelled">Whether the caller has hung up or its deadline has passed.</param>
    public static RpcException ToRpcException(Exception exception, bool isCancelled) => exception switch
    {
        RpcException rpc => rpc.GetRpcStatus() is null ? WithDetails(rpc) : rpc,
        ImportRefusedException refused => refused.Refusal.ToRpcException(),
        LogOverloadedException => RpcErrors.Unavailable("OVERLOADED", exception.Message, LogOverloadedException.RetryDelay),
        LogUnavailableException { OutcomeUnknown: true } => RpcErrors.Unavailable("OUTCOME_UNKNOWN", $"The log store failed. {UnknownOutcome}", RetryDelay),
        LogUnavailableException => RpcErrors.Unavailable("STORE_UNAVAILABLE", "The log store failed; nothing was changed.", RetryDelay),
        SegmentUnavailableException or ObjectStoreException => RpcErrors.Unavailable("OBJECTS_UNAVAILABLE", "The object store does not answer. Call again; an import goes on from what of it is committed.", RetryDelay),
        SegmentCorruptException corrupt => RpcErrors.Create(Code.DataLoss, "SEGMENT_CORRUPT", $"Segment {corrupt.Segment} is missing, or is not what the log says. Nothing of it was charged; the operator knows."),
        UserKeysUnavailableException => RpcErrors.Unavailable("STORE_UNAVAILABLE", $"The store of keys failed. {UnknownOutcome}", RetryDelay),
        LogFencedException => RpcErrors.Unavailable("MOVED", "What was asked for has moved to another node. Call again.", TimeSpan.FromMilliseconds(100)),
        _ when isCancelled => RpcErrors.Create(Code.Cancelled, "CANCELLED", "The call was cancelled."),
        OrleansException or TimeoutException or OperationCanceledException => RpcErrors.Unavailable("OUTCOME_UNKNOWN", $"The node did not answer in time. {UnknownOutcome}", RetryDelay),
        BadHttpRequestException or IOException => RpcErrors.Create(Code.Cancelled, "STREAM_BROKEN", "The request stream broke."),
        _ => RpcErrors.Create(Code.Internal, "INTERNAL", "Something failed that should not. The node's log names it under the request id."),
    };

    /// <summary>Whether the node itself is at fault: its operator must learn of it.</summary>
    public static bool IsOurs(RpcException error) => error.StatusCode is StatusCode.Internal or StatusCode.Unknown or StatusCode.DataLoss;

    private static RpcException WithDetails(RpcException error) =>
        RpcErrors.Create((Code)error.StatusCode, RefusalName(error.StatusCode), error.Status.Detail);

    private static string RefusalName(StatusCode code) => code switch
    {
        StatusCode.InvalidArgument => "INVALID_VALUE",
        StatusCode.Cancelled => "CANCELLED",
        StatusCode.ResourceExhausted => "LIMIT_EXCEEDED",
        StatusCode.Unimplemented => "UNIMPLEMENTED",
        _ => "RPC_FAILED",
    };
}
