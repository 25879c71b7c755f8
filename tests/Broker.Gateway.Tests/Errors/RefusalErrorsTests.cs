using Broker.Domain;
using Broker.Gateway.Errors;
using Google.Rpc;
using Grpc.Core;

namespace Broker.Gateway.Tests.Errors;

public sealed class RefusalErrorsTests
{
    public static TheoryData<RefusalReason> EveryReason => new(Enum.GetValues<RefusalReason>());

    [Theory]
    [MemberData(nameof(EveryReason))]
    public void Every_refusal_says_its_reason_under_the_domain_of_the_broker(RefusalReason reason)
    {
        var status = new Refusal(reason, "Why.").ToRpcException().GetRpcStatus()!;
        var info = status.GetDetail<ErrorInfo>()!;
        Assert.Equal("broker", info.Domain);
        Assert.Matches("^[A-Z]+(_[A-Z]+)*$", info.Reason);
        Assert.Equal(reason.ToString(), string.Concat(info.Reason.Split('_').Select(word => word[0] + word[1..].ToLowerInvariant())));
    }

    [Fact]
    public void An_exhausted_quota_names_the_limit()
    {
        var error = new Refusal(RefusalReason.QuotaExceeded, "Full.", Limit: "records/term").ToRpcException();
        Assert.Equal(StatusCode.ResourceExhausted, error.StatusCode);
        Assert.Equal("records/term", error.GetRpcStatus()!.GetDetail<QuotaFailure>()!.Violations.Single().Subject);
    }

    [Fact]
    public void A_quota_held_by_others_says_when_to_call_again()
    {
        var error = new Refusal(RefusalReason.Held, "Wait.").ToRpcException();
        Assert.Equal(StatusCode.Unavailable, error.StatusCode);
        Assert.True(error.GetRpcStatus()!.GetDetail<RetryInfo>()!.RetryDelay.ToTimeSpan() > TimeSpan.Zero);
    }

    [Fact]
    public void A_wrong_field_is_named()
    {
        var error = new Refusal(RefusalReason.InvalidValue, "Too small.", "terms.limits.amount").ToRpcException();
        Assert.Equal(StatusCode.InvalidArgument, error.StatusCode);
        Assert.Equal("terms.limits.amount", error.GetRpcStatus()!.GetDetail<BadRequest>()!.FieldViolations.Single().Field);
    }
}
