using Broker.Client;
using Broker.Gateway.Errors;
using Broker.Protos.V1;
using Google.Rpc;
using Grpc.Core;

namespace Broker.EndToEnd.Client;

public sealed class BrokerConnectionTests
{
    private static readonly GetUsageRequest Request = new() { Deal = PullScript.DealName };

    [Fact]
    public async Task An_error_says_code_reason_fields_limits_and_the_calls_id()
    {
        await using var broker = await ScriptedBroker.StartAsync();
        broker.OnUsage = context =>
        {
            context.ResponseTrailers.Add("x-request-id", "call-7");
            var bad = new BadRequest { FieldViolations = { new BadRequest.Types.FieldViolation { Field = "price.amount", Description = "Too much." } } };
            var quota = new QuotaFailure { Violations = { new QuotaFailure.Types.Violation { Subject = "records/day", Description = "Full." } } };
            throw RpcErrors.Create(Code.InvalidArgument, "INVALID_VALUE", "price.amount: Too much.", bad, quota);
        };
        using var connection = broker.Connect();

        var error = await Assert.ThrowsAsync<BrokerException>(() => connection.CallAsync(connection.Deals.GetUsageAsync, Request));

        Assert.Equal((StatusCode.InvalidArgument, "INVALID_VALUE", "price.amount: Too much.", "call-7"), (error.Code, error.Reason, error.Message, error.RequestId));
        Assert.Equal(new FieldViolation("price.amount", "Too much."), Assert.Single(error.Fields));
        Assert.Equal(new QuotaViolation("records/day", "Full."), Assert.Single(error.Limits));
        Assert.False(error.IsTransient || error.IsOutcomeUnknown);
        Assert.Single(broker.Tokens); // refused once, asked once
    }

    [Fact]
    public async Task The_delay_that_the_broker_asks_for_is_waited_for()
    {
        await using var broker = await ScriptedBroker.StartAsync();
        var asked = TimeSpan.FromSeconds(7);
        broker.OnUsage = _ => broker.Tokens.Count == 1 ? throw RpcErrors.Unavailable("OVERLOADED", "Later.", asked) : new Usage { Deal = "done" };
        var time = new ScriptedTime();
        using var connection = broker.Connect(time);

        var call = connection.CallAsync(connection.Deals.GetUsageAsync, Request);
        var delay = await time.NextDelayAsync();
        Assert.InRange(delay, asked, asked + TimeSpan.FromMilliseconds(200));
        time.Advance(asked - TimeSpan.FromMilliseconds(1));
        Assert.False(call.IsCompleted);
        Assert.Single(broker.Tokens);
        time.Advance(delay - asked + TimeSpan.FromMilliseconds(1));

        Assert.Equal("done", (await call).Usage.Deal);
        Assert.Equal(2, broker.Tokens.Count);
    }

    [Fact]
    public async Task A_delay_longer_than_the_caller_allows_is_passed_on_at_once()
    {
        await using var broker = await ScriptedBroker.StartAsync();
        broker.OnUsage = _ => throw RpcErrors.Unavailable("OVERLOADED", "Tomorrow.", TimeSpan.FromHours(10));
        using var connection = broker.Connect();
        var error = await Assert.ThrowsAsync<BrokerException>(() => connection.CallAsync(connection.Deals.GetUsageAsync, Request));
        Assert.Equal(("OVERLOADED", TimeSpan.FromHours(10)), (error.Reason, error.RetryDelay));
        Assert.Single(broker.Tokens);
    }

    [Fact]
    public async Task Delays_double_with_jitter_up_to_their_bound_and_tries_are_bounded()
    {
        await using var broker = await ScriptedBroker.StartAsync();
        broker.OnUsage = _ => throw new RpcException(new Grpc.Core.Status(StatusCode.Unavailable, "down"));
        var time = new ScriptedTime { SkipsDelays = true };
        using var connection = broker.Connect(time, new() { AttemptsMax = 6, FirstDelay = TimeSpan.FromMilliseconds(100), DelayMax = TimeSpan.FromSeconds(1) });
        var error = await Assert.ThrowsAsync<BrokerException>(() => connection.CallAsync(connection.Deals.GetUsageAsync, Request));
        Assert.Equal((StatusCode.Unavailable, true), (error.Code, error.IsOutcomeUnknown));
        Assert.Equal(6, broker.Tokens.Count);
        int[] bounds = [100, 200, 400, 800, 1_000];
        Assert.Equal(bounds.Length, time.Delays.Count);
        Assert.All(time.Delays.Zip(bounds), pair => Assert.InRange(pair.First.TotalMilliseconds, pair.Second / 2d, pair.Second));
        Assert.NotEqual(2, time.Delays.ElementAt(1) / time.Delays.ElementAt(0));
    }

    [Fact]
    public async Task The_token_is_asked_for_before_each_try()
    {
        await using var broker = await ScriptedBroker.StartAsync();
        broker.OnUsage = _ => broker.Tokens.Count < 3 ? throw RpcErrors.Unavailable("OVERLOADED", "Later.", TimeSpan.Zero) : new Usage();
        var asked = 0;
        using var connection = broker.Connect(token: _ => ValueTask.FromResult($"token-{++asked}"));
        await connection.CallAsync(connection.Deals.GetUsageAsync, Request);
        Assert.Equal(["Bearer token-1", "Bearer token-2", "Bearer token-3"], broker.Tokens);
    }

    [Fact]
    public async Task A_broker_that_is_not_there_is_an_error_of_the_client_and_not_of_grpc()
    {
        var broker = await ScriptedBroker.StartAsync();
        using var connection = broker.Connect(retry: new() { AttemptsMax = 2 });
        await broker.DisposeAsync();
        var error = await Assert.ThrowsAsync<BrokerException>(() => connection.CallAsync(connection.Deals.GetUsageAsync, Request));
        Assert.Equal((StatusCode.Unavailable, ""), (error.Code, error.Reason));
    }

    [Fact]
    public async Task A_call_without_an_answer_is_given_up_with_its_outcome_unknown()
    {
        await using var broker = await ScriptedBroker.StartAsync();
        var isAsked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var time = new ScriptedTime();
        broker.OnConfirm = (_, context) =>
        {
            var ended = new TaskCompletionSource();
            context.CancellationToken.Register(ended.SetResult);
            isAsked.SetResult();
            return ended.Task;
        };
        using var connection = broker.Connect(time, new() { AttemptsMax = 1 });
        var call = connection.CallAsync(connection.Pulls.ConfirmSlicesAsync, new ConfirmSlicesRequest());
        await isAsked.Task;
        time.Advance(TimeSpan.FromMinutes(1));
        var error = await Assert.ThrowsAsync<BrokerException>(() => call);
        Assert.Equal((StatusCode.DeadlineExceeded, "NO_ANSWER", true), (error.Code, error.Reason, error.IsOutcomeUnknown));
    }

    [Fact]
    public async Task A_callers_cancellation_is_a_cancellation()
    {
        await using var broker = await ScriptedBroker.StartAsync();
        using var stop = new CancellationTokenSource();
        broker.OnUsage = _ =>
        {
            stop.Cancel();
            throw RpcErrors.Unavailable("OVERLOADED", "Later.", TimeSpan.Zero);
        };
        using var connection = broker.Connect();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => connection.CallAsync(connection.Deals.GetUsageAsync, Request, stop.Token));
    }

    [Theory]
    [InlineData("http://broker.example:5000")]
    [InlineData("ftp://localhost")]
    [InlineData("/relative")]
    public void An_address_that_would_send_tokens_in_the_clear_or_is_none_is_refused(string address) =>
        Assert.Throws<ArgumentException>(() => new BrokerConnection(new() { Address = new Uri(address, UriKind.RelativeOrAbsolute) }));

    [Fact]
    public async Task When_a_gateway_is_gone_calls_go_on_at_another_and_the_same_call_is_repeated_there()
    {
        await using var other = await ScriptedBroker.StartAsync();
        other.OnUsage = _ => new Usage { Deal = "other" };
        await using var first = await ScriptedBroker.StartAsync();
        first.OnUsage = _ => new Usage { Deal = "first" };
        using var connection = new BrokerConnection(new BrokerConnectionOptions { Address = first.Address, Alternatives = [other.Address], Retry = new RetryOptions { AttemptsMax = 100 } });

        Assert.Equal("first", (await connection.CallAsync(connection.Deals.GetUsageAsync, Request)).Usage.Deal);
        await first.DisposeAsync();
        Assert.Equal("other", (await connection.CallAsync(connection.Deals.GetUsageAsync, Request)).Usage.Deal);
    }

    [Fact]
    public void Gateways_of_another_scheme_or_in_the_clear_elsewhere_are_refused()
    {
        Assert.Throws<ArgumentException>(() => Of("https://localhost:1", "http://localhost:2"));
        Assert.Throws<ArgumentException>(() => Of("http://localhost:1", "http://broker.example:2"));

        static BrokerConnection Of(string first, string other) => new(new() { Address = new Uri(first), Alternatives = [new Uri(other)] });
    }

    [Fact]
    public void Ranges_of_options_are_kept()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => Of(new RetryOptions { AttemptsMax = 0 }));
        Assert.Throws<ArgumentOutOfRangeException>(() => Of(new RetryOptions { FirstDelay = TimeSpan.Zero }));
        Assert.Throws<ArgumentOutOfRangeException>(() => Of(new RetryOptions { DelayMax = TimeSpan.FromMilliseconds(1) }));

        static BrokerConnection Of(RetryOptions retry) => new(new() { Address = new Uri("http://localhost:1"), Retry = retry });
    }
}
