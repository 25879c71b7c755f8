using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Google.Rpc;
using Grpc.Core;

namespace Broker.Gateway.Errors;

/// <summary>Makes the errors that callers see: a <c>google.rpc.Status</c> whose first detail is an <c>ErrorInfo</c> of domain
/// <c>broker</c> (AIP-193).</summary>
public static class RpcErrors
{
    /// <summary>The domain of every <c>ErrorInfo</c>.</summary>
    public const string Domain = "broker";

    /// <summary>An error with its details.</summary>
    /// <param name="code">The status.</param>
    /// <param name="reason">Upper snake case; a program decides by it.</param>
    /// <param name="message">One or two sentences for a person: what is wrong and what to do.</param>
    /// <param name="details">Further details: <c>BadRequest</c>, <c>QuotaFailure</c>, <c>RetryInfo</c>.</param>
    public static RpcException Create(Code code, string reason, string message, params IReadOnlyList<IMessage> details)
    {
        var status = new Google.Rpc.Status { Code = (int)code, Message = message };
        status.Details.Add(Any.Pack(new ErrorInfo { Domain = Domain, Reason = reason }));
        foreach (var detail in details) status.Details.Add(Any.Pack(detail));
        return status.ToRpcException();
    }

    /// <summary>INVALID_ARGUMENT for one field.</summary>
    /// <param name="field">The field in lower snake case, dotted.</param>
    /// <param name="description">What is wrong with it.</param>
    public static RpcException InvalidField(string field, string description) =>
        Create(Code.InvalidArgument, "INVALID_VALUE", $"{field}: {description}", BadRequestOf(field, description));

    /// <summary>NOT_FOUND.</summary>
    /// <param name="name">The resource's name.</param>
    public static RpcException NotFound(string name) =>
        Create(Code.NotFound, "NOT_FOUND", $"There is no {name}.");

    /// <summary>UNAVAILABLE: call again after the delay.</summary>
    public static RpcException Unavailable(string reason, string message, TimeSpan retryDelay) =>
        Create(Code.Unavailable, reason, message, new RetryInfo { RetryDelay = Duration.FromTimeSpan(retryDelay) });

    internal static BadRequest BadRequestOf(string field, string description)
    {
        var bad = new BadRequest();
        bad.FieldViolations.Add(new BadRequest.Types.FieldViolation { Field = field, Description = description });
        return bad;
    }
}
