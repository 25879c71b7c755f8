using Broker.Gateway.Identity;
using Broker.Gateway.Tests.Wire;
using Broker.Grains.Logs;
using Broker.Protos.V1;
using Google.Rpc;
using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace Broker.Gateway.Tests.Errors;

public sealed class ErrorInterceptorTests
{
    [Fact]
    public async Task What_should_not_happen_is_INTERNAL_and_says_nothing_of_the_inside()
    {
        var error = await FailWithAsync(new InvalidOperationException("secret path /etc"));
        Assert.Equal(StatusCode.Internal, error.StatusCode);
        Assert.DoesNotContain("secret", error.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Outages))]
    public async Task An_outage_is_UNAVAILABLE_and_says_when_to_call_again(Exception exception, string reason)
    {
        var error = await FailWithAsync(exception);
        Assert.Equal(StatusCode.Unavailable, error.StatusCode);
        Assert.Equal(reason, error.GetRpcStatus()!.GetDetail<ErrorInfo>()!.Reason);
        Assert.True(error.GetRpcStatus()!.GetDetail<RetryInfo>()!.RetryDelay.ToTimeSpan() > TimeSpan.Zero);
    }

    public static TheoryData<Exception, string> Outages => new()
    {
        { new LogUnavailableException("down", outcomeUnknown: false), "STORE_UNAVAILABLE" },
        { new Broker.Grains.Segments.SegmentUnavailableException("1", "down"), "OBJECTS_UNAVAILABLE" },
        { new Broker.Storage.Objects.ObjectStoreException("down"), "OBJECTS_UNAVAILABLE" },
        { new LogUnavailableException("down", outcomeUnknown: true), "OUTCOME_UNKNOWN" },
        { new LogOverloadedException(new LogName("platforms/acme/deals/pact")), "OVERLOADED" },
        { new LogFencedException(new LogName("platforms/acme/deals/pact"), 2), "MOVED" },
        { new TimeoutException(), "OUTCOME_UNKNOWN" },
    };

    [Fact]
    public async Task The_callers_id_of_a_call_stands_in_the_error_and_in_the_trailer()
    {
        var error = await FailWithAsync(new TimeoutException(), "my-call-7");
        Assert.Equal("my-call-7", error.GetRpcStatus()!.GetDetail<RequestInfo>()!.RequestId);
        Assert.Equal("my-call-7", error.Trailers.GetValue("x-request-id"));
    }

    [Fact]
    public async Task A_call_without_an_id_gets_one()
    {
        var error = await FailWithAsync(new TimeoutException());
        Assert.True(Guid.TryParse(error.Trailers.GetValue("x-request-id"), out _));
    }

    private static async Task<RpcException> FailWithAsync(Exception exception, string? callId = null)
    {
        await using var host = await GatewayHost.StartAsync(
            app => app.MapGrpcService<Failing>(),
            services => services.AddSingleton(exception));
        var caller = new VerifiedCaller { Subject = "o", Roles = Roles.Operator };
        var options = host.CallAs(caller);
        if (callId is not null) options.Headers!.Add("x-request-id", callId);
        var client = new PlatformService.PlatformServiceClient(host.Channel);
        return await Assert.ThrowsAsync<RpcException>(async () => await client.ListPlatformsAsync(new ListPlatformsRequest(), options));
    }

    private sealed class Failing(Exception exception) : PlatformService.PlatformServiceBase
    {
        public override Task<ListPlatformsResponse> ListPlatforms(ListPlatformsRequest request, ServerCallContext context) => throw exception;
    }
}
