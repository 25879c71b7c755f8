using Broker.Gateway.Identity;
using Broker.Gateway.Pulls;
using Broker.Protos.V1;
using Broker.TestKit.Nodes;
using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Record = Broker.Protos.V1.Record;

namespace Broker.EndToEnd.Nodes;

/// <summary>Goal: what becomes available while a stream follows comes by itself, under every promise of a plain pull. Method: a whole node, raw calls.</summary>
public sealed class FollowTests
{
    private static readonly DateTimeOffset Later = TestCalls.Past.AddYears(2);

    [Fact]
    public async Task New_records_and_new_consents_come_once_each_and_are_charged_once()
    {
        await using var node = await StartAsync();
        var deal = await node.Calls.AddDealAsync("lab", "pact");
        using var follow = await FollowAsync(node, deal);
        Assert.Equal(["ann-0", "ann-1"], follow.Ids);

        await node.Calls.ImportAsync([Post("ann", 2), Post("cho", 0), Post("cho", 1)]);
        await follow.UntilAsync(ids => ids.Contains("ann-2"));
        await node.Calls.DecideAsync("cho", ConsentChoice.Grant, TestCalls.Past);
        await follow.UntilAsync(ids => ids.Contains("cho-0") && ids.Contains("cho-1"));
        Assert.Equal(["ann-0", "ann-1", "ann-2", "cho-0", "cho-1"], follow.Ids);
        Assert.Equal(3, follow.Pulled.Slices.Select(slice => (slice.Begin.Partition, slice.Begin.Round)).Distinct().Count());

        await node.Calls.ConfirmAsync(deal, "lab", follow.Pulled.Ranges());
        follow.HangUp();
        await UsageAsync(node, deal, usage => (usage.Posted.RecordCount, usage.Reserved.RecordCount, usage.UncertainRecordCount) == (5, 0, 0));
        Assert.Empty((await node.Calls.PullAsync(deal, "lab")).Slices);
    }

    [Fact]
    public async Task It_holds_nothing_of_the_quota_while_it_waits_and_ends_when_a_limit_is_full()
    {
        await using var node = await StartAsync();
        var deal = await node.Calls.AddDealAsync("lab", "pact", TestCalls.Records(3));
        using var follow = await FollowAsync(node, deal);
        await UsageAsync(node, deal, usage => (usage.Posted.RecordCount, usage.Reserved.RecordCount) == (2, 0));
        await node.Calls.ImportAsync([Post("ann", 2), Post("ann", 3)]);
        await follow.ToEndAsync();
        Assert.Equal((PullEndReason.QuotaExceeded, "records/term"), (follow.Pulled.Summary!.Reason, follow.Pulled.Summary.ExhaustedLimit));
        Assert.Equal(3, follow.Ids.Count());
        await UsageAsync(node, deal, usage => (usage.Posted.RecordCount, usage.Reserved.RecordCount) == (3, 0));
    }

    [Fact]
    public async Task A_limit_that_the_last_record_fills_ends_it_though_nothing_more_is_there()
    {
        await using var node = await StartAsync();
        var deal = await node.Calls.AddDealAsync("lab", "pact", TestCalls.Records(2));
        using var follow = new FollowedStream(node, deal);
        await follow.ToEndAsync();
        Assert.Equal((PullEndReason.QuotaExceeded, 2), (follow.Pulled.Summary!.Reason, follow.Ids.Count()));
    }

    [Fact]
    public async Task Who_withdraws_while_it_waits_is_recalled_and_their_later_records_stay_behind()
    {
        await using var node = await StartAsync();
        var deal = await node.Calls.AddDealAsync("lab", "pact");
        await node.Calls.DecideAsync("bob", ConsentChoice.Grant, TestCalls.Past);
        using var follow = await FollowAsync(node, deal);
        await node.Calls.DecideAsync("ann", ConsentChoice.Withdraw, Later);
        Assert.Equal("ann", Assert.Single((await node.Calls.Recalls.ListRecallsAsync(new ListRecallsRequest { Deal = deal }, node.Calls.AsPartner("lab"))).Recalls).Author);
        await node.Calls.ImportAsync([Post("ann", 2), Post("bob", 2)]);
        await follow.UntilAsync(ids => ids.Contains("bob-2"));
        Assert.Equal(["ann-0", "ann-1", "bob-0", "bob-1", "bob-2"], follow.Ids);

        await node.Calls.DecideAsync("ann", ConsentChoice.Grant, Later.AddDays(1)); // all of it anew: it was recalled
        await follow.UntilAsync(ids => ids.Count(id => id.StartsWith("ann", StringComparison.Ordinal)) == 5);
        Assert.Equal(["ann-0", "ann-0", "ann-1", "ann-1", "ann-2"], follow.Ids.Where(id => id.StartsWith("ann", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_deal_that_is_suspended_while_it_waits_ends_it()
    {
        await using var node = await StartAsync();
        var deal = await node.Calls.AddDealAsync("lab", "pact");
        using var follow = await FollowAsync(node, deal);
        await node.Calls.Deals.SuspendDealAsync(new SuspendDealRequest { Name = deal, Reason = "late fees", RequestId = TestCalls.NewId() }, node.Calls.AsPlatform(Roles.Business));
        await follow.ToEndAsync();
        Assert.Equal(PullEndReason.DealNotActive, follow.Pulled.Summary!.Reason);
    }

    [Fact]
    public async Task An_amendment_that_widens_the_scope_opens_what_it_admits_and_one_that_forbids_to_follow_ends_it()
    {
        await using var node = await StartAsync();
        await node.Calls.ImportAsync([new Record(Post("ann", 7)) { Kind = RecordKind.Like, Text = "", TargetId = "bob-0" }]);
        var deal = await node.Calls.AddDealAsync("lab", "pact");
        await node.Calls.Consents.SetConsentAsync(LikesToo("ann"), node.Calls.AsUser("ann"));
        using var follow = await FollowAsync(node, deal);
        Assert.Equal(["ann-0", "ann-1"], follow.Ids);

        await AmendAsync(node, deal, 2, scope => scope.Kinds.Add(RecordKind.Like));
        await follow.UntilAsync(ids => ids.Contains("ann-7"));
        await AmendAsync(node, deal, 3, scope => scope.IsFollowAllowed = false);
        await follow.ToEndAsync();
        Assert.Equal((PullEndReason.FollowNotAllowed, 3), (follow.Pulled.Summary!.Reason, follow.Ids.Count()));

        using var refused = new FollowedStream(node, deal);
        var error = await Assert.ThrowsAsync<RpcException>(refused.ToEndAsync);
        Assert.Equal((StatusCode.FailedPrecondition, "FOLLOW_NOT_ALLOWED"), (error.StatusCode, error.GetRpcStatus()!.GetDetail<Google.Rpc.ErrorInfo>()!.Reason));
        Assert.Equal(PullEndReason.Finished, (await node.Calls.PullAsync(deal, "lab")).Summary!.Reason);
    }

    [Fact]
    public async Task Another_stream_of_the_deal_takes_over_from_one_that_waits()
    {
        await using var node = await StartAsync();
        var deal = await node.Calls.AddDealAsync("lab", "pact");
        using var first = await FollowAsync(node, deal);
        await node.Calls.ConfirmAsync(deal, "lab", first.Pulled.Ranges());
        using var second = await FollowAsync(node, deal);
        Assert.Equal("PULL_TAKEN_OVER", ReasonOf(await Assert.ThrowsAsync<RpcException>(first.ToEndAsync)));
        await node.Calls.ImportAsync([Post("ann", 2)]);
        await second.UntilAsync(ids => ids.Contains("ann-2"));
        Assert.Equal(["ann-2"], second.Ids);
    }

    [Fact]
    public async Task What_was_not_confirmed_comes_again_free_of_charge_to_one_that_follows_after_a_restart()
    {
        await using var node = await StartAsync();
        var deal = await node.Calls.AddDealAsync("lab", "pact");
        using var follow = await FollowAsync(node, deal);
        await node.RestartAsync();
        using var again = await FollowAsync(node, deal);
        Assert.Equal(["ann-0", "ann-1"], again.Ids);
        Assert.All(again.Pulled.Slices, slice => Assert.Equal(1, slice.Begin.Resend));
        await UsageAsync(node, deal, usage => (usage.Posted.RecordCount, usage.UncertainRecordCount) == (2, 2));
    }

    /// <summary>Two posts each of ann, who agreed, and bob, who did not. Partitions are asked each second: what none of them says is waited for.</summary>
    private static async Task<TestNode> StartAsync()
    {
        var node = await TestNode.StartAsync(static builder => Hurry(builder));
        await node.Calls.AddPlatformAsync(partitionCount: 2);
        await node.Calls.ImportAsync([Post("ann", 0), Post("ann", 1), Post("bob", 0), Post("bob", 1)]);
        await node.Calls.DecideAsync("ann", ConsentChoice.Grant, TestCalls.Past);
        return node;
    }

    private static void Hurry(WebApplicationBuilder builder) =>
        builder.Services.PostConfigure<PullOptions>(options => (options.FollowProbeSeconds, options.FollowDelayMilliseconds) = (1, 50));

    private static async Task<FollowedStream> FollowAsync(TestNode node, string deal)
    {
        var follow = new FollowedStream(node, deal);
        await follow.CatchUpAsync();
        return follow;
    }

    private static Record Post(string author, int number) => TestCalls.Post($"{author}-{number}", author, "words");

    private static SetConsentRequest LikesToo(string user) => new()
    {
        User = $"platforms/acme/users/{user}",
        Decision = new ConsentDecision
        {
            Purposes = { Purpose.FoundationModelTraining },
            Kinds = { RecordKind.Like },
            Choice = ConsentChoice.Grant,
            MadeTime = Google.Protobuf.WellKnownTypes.Timestamp.FromDateTimeOffset(TestCalls.Past),
            Source = ConsentSource.User,
        },
        RequestId = TestCalls.NewId(),
    };

    private static async Task AmendAsync(TestNode node, string deal, int version, Action<Scope> change)
    {
        var terms = (await node.Calls.Deals.GetDealAsync(new GetDealRequest { Name = deal }, node.Calls.AsPlatform(Roles.Business))).Deal.Contract.Terms.Clone();
        change(terms.Scope);
        await node.Calls.Deals.AmendDealAsync(new AmendDealRequest { Name = deal, Terms = terms, RequestId = TestCalls.NewId() }, node.Calls.AsPlatform(Roles.Business));
        await node.Calls.Deals.ApproveAmendmentAsync(
            new ApproveAmendmentRequest { Name = deal, Version = version, RequestId = TestCalls.NewId() }, node.Calls.AsPlatform(Roles.Approver));
    }

    /// <summary>Waits until the usage is this: posts come to the deal a moment after their slices have left.</summary>
    private static async Task UsageAsync(TestNode node, string deal, Func<Usage, bool> isReached)
    {
        using var watch = node.Calls.Deals.WatchUsage(new WatchUsageRequest { Deal = deal }, node.Calls.AsPartner("lab"));
        while (await watch.ResponseStream.MoveNext(CancellationToken.None))
            if (isReached(watch.ResponseStream.Current.Usage))
                return;
        Assert.Fail("The usage is watched no more.");
    }

    private static string? ReasonOf(RpcException error) => error.GetRpcStatus()?.GetDetail<Google.Rpc.ErrorInfo>()?.Reason;

    /// <summary>A stream that follows, read as far as a test wants.</summary>
    private sealed class FollowedStream(TestNode node, string deal) : IDisposable
    {
        private readonly AsyncServerStreamingCall<PullResponse> _call =
            node.Calls.Pulls.Pull(new PullRequest { Deal = deal, Follow = true }, node.Calls.AsPartner("lab"));

        public PulledStream Pulled { get; } = new();

        public IEnumerable<string> Ids => Pulled.Records.Select(record => record.Id).Order();

        public async Task CatchUpAsync() => Assert.True(await Pulled.ReadOnAsync(_call, static pulled => pulled.Heartbeat is { IsCaughtUp: true }));

        public async Task UntilAsync(Func<IReadOnlyList<string>, bool> isEnough) => Assert.True(await Pulled.ReadOnAsync(_call, _ => isEnough([.. Ids])));

        public async Task ToEndAsync() => Assert.False(await Pulled.ReadOnAsync(_call, static _ => false));

        public void HangUp() => _call.Dispose();

        public void Dispose() => _call.Dispose();
    }
}
