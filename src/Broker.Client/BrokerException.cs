using System.Security.Authentication;
using Google.Rpc;
using Grpc.Core;

namespace Broker.Client;

/// <summary>A field of a request that the broker found wrong.</summary>
/// <param name="Field">The field in lower snake case, dotted.</param>
/// <param name="Description">What is wrong with it.</param>
public sealed record FieldViolation(string Field, string Description);

/// <summary>A limit that is full.</summary>
/// <param name="Limit">The limit: <c>records/term</c>.</param>
/// <param name="Description">What it means for the call.</param>
public sealed record QuotaViolation(string Limit, string Description);

/// <summary>A call that failed: refused by the broker, or broken on the way. Nothing else is thrown for errors of calls.</summary>
public sealed class BrokerException : Exception
{
    /// <summary>An error that the client itself found.</summary>
    /// <param name="code">The status that says best what it is.</param>
    /// <param name="reason">Upper snake case; a program decides by it.</param>
    /// <param name="message">What is wrong and what to do, for a person.</param>
    /// <param name="inner">What it came from, or null.</param>
    public BrokerException(StatusCode code, string reason, string message, Exception? inner = null)
        : base(message, inner) => (Code, Reason) = (code, reason);

    private BrokerException(RpcException error, Google.Rpc.Status? status)
        : base(error.Status.Detail.Length > 0 ? error.Status.Detail : error.Status.StatusCode.ToString(), error)
    {
        Code = error.StatusCode;
        Reason = status?.GetDetail<ErrorInfo>()?.Reason ?? "";
        Fields = [.. (status?.GetDetail<BadRequest>()?.FieldViolations ?? []).Select(violation => new FieldViolation(violation.Field, violation.Description))];
        Limits = [.. (status?.GetDetail<QuotaFailure>()?.Violations ?? []).Select(violation => new QuotaViolation(violation.Subject, violation.Description))];
        RetryDelay = status?.GetDetail<RetryInfo>()?.RetryDelay?.ToTimeSpan();
        RequestId = error.Trailers.GetValue("x-request-id") ?? status?.GetDetail<RequestInfo>()?.RequestId ?? "";
    }

    /// <summary>The gRPC status.</summary>
    public StatusCode Code { get; }

    /// <summary>Why, in upper snake case (<c>QUOTA_EXCEEDED</c>); empty when the broker said nothing: the transport failed.</summary>
    public string Reason { get; }

    /// <summary>The request's wrong fields.</summary>
    public IReadOnlyList<FieldViolation> Fields { get; } = [];

    /// <summary>The limits that are full.</summary>
    public IReadOnlyList<QuotaViolation> Limits { get; } = [];

    /// <summary>How long the broker asks to wait before the next try, or null.</summary>
    public TimeSpan? RetryDelay { get; }

    /// <summary>The id under which the call stands in the broker's log, or empty.</summary>
    public string RequestId { get; } = "";

    /// <summary>Whether the call may have been carried out all the same: repeat it with the same request id, and it happens once.</summary>
    public bool IsOutcomeUnknown => Reason is "OUTCOME_UNKNOWN" or NoAnswer || IsTransport;

    /// <summary>Whether another try may succeed, by what the status says alone.</summary>
    /// <remarks>A status without the broker's own words was made by the transport: a process that died, a reset stream. A token that expired under an
    /// open stream is asked for again; where there is no newer one the next try is refused for good.</remarks>
    public bool IsTransient => Code == StatusCode.Unavailable || Reason is NoAnswer or TokenExpired || IsTransport;

    /// <summary>The reason when a stream outlived its caller's token.</summary>
    internal const string TokenExpired = "TOKEN_EXPIRED";

    /// <summary>The reason when no answer came in time.</summary>
    internal const string NoAnswer = "NO_ANSWER";

    /// <summary>The reason when one end refused the other's certificate: nothing was called.</summary>
    public const string TlsFailed = "TLS_FAILED";

    /// <summary>Whether the gateway, rather than the broker behind it, is what failed: another may answer.</summary>
    internal bool IsOfGateway => IsTransport || Reason is "GATEWAY_STOPPING" or "TOO_MANY_FOLLOWS";

    private bool IsTransport => Reason.Length == 0
        && Code is (StatusCode.Unavailable or StatusCode.Internal or StatusCode.Unknown or StatusCode.Cancelled or StatusCode.DeadlineExceeded);

    /// <summary>The error of a call.</summary>
    internal static BrokerException Of(RpcException error) => HandshakeOf(error.Status.DebugException) is { } handshake
        ? new(StatusCode.Unauthenticated, TlsFailed, $"The gateway and this client do not take one another's certificates: {handshake.Message}", error)
        : new(error, error.Trailers.GetRpcStatus(ignoreParseError: true));

    // A handshake that broke off is no such thing: only what was refused will be refused again.
    private static AuthenticationException? HandshakeOf(Exception? failure)
    {
        while (failure is not (null or AuthenticationException)) failure = failure.InnerException;
        return failure as AuthenticationException;
    }
}
