using System.Text;
using Broker.Domain;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Google.Rpc;
using Grpc.Core;

namespace Broker.Gateway.Errors;

/// <summary>What a refusal of the rules is on the wire.</summary>
public static class RefusalErrors
{
    /// <summary>How long to wait while other reservations hold the rest of a quota.</summary>
    public static TimeSpan HeldRetryDelay { get; } = TimeSpan.FromMilliseconds(200);

    /// <summary>After which time to call again where tokens are not counted yet.</summary>
    public static TimeSpan CountRetryDelay { get; } = TimeSpan.FromSeconds(5);

    /// <summary>Throws where there is a refusal.</summary>
    /// <exception cref="RpcException">The refusal.</exception>
    public static void ThrowIfRefused(this Refusal? refusal)
    {
        if (refusal is not null) throw refusal.ToRpcException();
    }

    /// <summary>The refusal as an error.</summary>
    public static RpcException ToRpcException(this Refusal refusal) =>
        RpcErrors.Create(CodeOf(refusal.Reason), ReasonOf(refusal.Reason), refusal.Message, DetailsOf(refusal));

    /// <summary>The status of a refusal.</summary>
    public static Code CodeOf(RefusalReason reason) => reason switch
    {
        RefusalReason.InvalidValue or RefusalReason.RequestIdReused => Code.InvalidArgument,
        RefusalReason.NotFound => Code.NotFound,
        RefusalReason.AlreadyExists => Code.AlreadyExists,
        RefusalReason.ContractChanged or RefusalReason.ReservationVoid or RefusalReason.PullTakenOver or RefusalReason.ManifestChanged => Code.Aborted,
        RefusalReason.QuotaExceeded => Code.ResourceExhausted,
        RefusalReason.Held or RefusalReason.TokensNotCounted or RefusalReason.PullNotOpen => Code.Unavailable,
        _ => Code.FailedPrecondition,
    };

    /// <summary>The reason's name in upper snake case.</summary>
    public static string ReasonOf(RefusalReason reason)
    {
        var name = reason.ToString();
        var text = new StringBuilder(name.Length + 4);
        foreach (var letter in name)
        {
            if (char.IsUpper(letter) && text.Length > 0) text.Append('_');
            text.Append(char.ToUpperInvariant(letter));
        }

        return text.ToString();
    }

    private static List<IMessage> DetailsOf(Refusal refusal)
    {
        var details = new List<IMessage>();
        if (refusal.Field is { } field) details.Add(RpcErrors.BadRequestOf(field, refusal.Message));
        if (refusal.Reason == RefusalReason.QuotaExceeded) details.Add(QuotaFailureOf(refusal));
        if (refusal.Reason == RefusalReason.Held) details.Add(new RetryInfo { RetryDelay = Duration.FromTimeSpan(HeldRetryDelay) });
        if (refusal.Reason == RefusalReason.TokensNotCounted) details.Add(new RetryInfo { RetryDelay = Duration.FromTimeSpan(CountRetryDelay) });
        return details;
    }

    private static QuotaFailure QuotaFailureOf(Refusal refusal)
    {
        var failure = new QuotaFailure();
        failure.Violations.Add(new QuotaFailure.Types.Violation { Subject = refusal.Limit ?? "", Description = refusal.Message });
        return failure;
    }
}
