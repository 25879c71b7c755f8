using Broker.Domain;
using Broker.Gateway.Identity;
using Broker.Grains.Partitions;
using Broker.Grains.Pulls;
using Broker.Protos.V1;
using Broker.TestKit.Nodes;
using Grpc.Core;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Core.Internal;

namespace Broker.EndToEnd.Nodes;

public sealed class PullTests
{
    private static readonly DateTimeOffset Later = TestCalls.Past.AddYears(2);

    [Fact]
    public async Task A_pull_brings_what_consent_admits_and_the_next_one_only_what_became_available_since()
    {
        await using var node = await StartAsync(posts: 30);
        var deal = await node.Calls.AddDealAsync("lab", "pact");
        await node.Calls.DecideAsync("user-0", ConsentChoice.Grant, TestCalls.Past);
        await node.Calls.DecideAsync("user-1", ConsentChoice.Grant, TestCalls.Past);

        var first = await node.Calls.PullAsync(deal, "lab", sliceRecords: 4);
        Assert.Equal(PullEndReason.Finished, first.Summary!.Reason);
        Assert.Equal(PostsOf(30, "user-0", "user-1"), Ids(first));
        Assert.All(first.Slices, slice => Assert.InRange(slice.Records.Count, 1, 4));
        Assert.Equal(first.Records.Count(), first.Summary.Charged.RecordCount);
        await node.Calls.ConfirmAsync(deal, "lab", first.Ranges());

        Assert.Empty((await node.Calls.PullAsync(deal, "lab")).Slices);
        await node.Calls.DecideAsync("user-2", ConsentChoice.Grant, TestCalls.Past);
        await node.Calls.ImportAsync([TestCalls.Post("new", "user-0", "fresh")]);
        var second = await node.Calls.PullAsync(deal, "lab");
        Assert.Equal([.. PostsOf(30, "user-2"), "new"], Ids(second));

        var usage = await node.Calls.UsageAsync(deal, "lab");
        Assert.Equal(first.Records.Count() + second.Records.Count(), usage.Posted.RecordCount);
        Assert.Equal(second.Records.Count(), usage.UncertainRecordCount);
    }

    [Fact]
    public async Task What_was_not_confirmed_comes_again_free_of_charge_also_after_a_restart()
    {
        await using var node = await StartAsync(posts: 12);
        var deal = await node.Calls.AddDealAsync("lab", "pact");
        await node.Calls.DecideAsync("user-0", ConsentChoice.Grant, TestCalls.Past);
        var first = await node.Calls.PullAsync(deal, "lab", sliceRecords: 2);
        await node.Calls.ConfirmAsync(deal, "lab", first.Ranges().Take(1));

        await node.RestartAsync();
        var again = await node.Calls.PullAsync(deal, "lab");
        Assert.Equal(first.Slices.Skip(1).SelectMany(slice => slice.Records).Select(record => record.Id), again.Records.Select(record => record.Id));
        Assert.All(again.Slices, slice => Assert.True(slice.Begin.Resend > 0));
        Assert.Equal(0, again.Summary!.Charged.RecordCount);
        Assert.Equal(first.Records.Count(), (await node.Calls.UsageAsync(deal, "lab")).Posted.RecordCount);
    }

    [Fact]
    public async Task The_quota_is_sold_to_its_last_record_and_not_one_more()
    {
        await using var node = await StartAsync(posts: 40);
        var deal = await node.Calls.AddDealAsync("lab", "pact", TestCalls.Records(17));
        for (var user = 0; user < 3; user++) await node.Calls.DecideAsync($"user-{user}", ConsentChoice.Grant, TestCalls.Past);

        var pulled = await node.Calls.PullAsync(deal, "lab", sliceRecords: 5);
        Assert.Equal(17, pulled.Records.Count());
        Assert.Equal((PullEndReason.QuotaExceeded, "records/term"), (pulled.Summary!.Reason, pulled.Summary.ExhaustedLimit));
        await node.Calls.ConfirmAsync(deal, "lab", pulled.Ranges());

        var refused = await Assert.ThrowsAsync<RpcException>(() => node.Calls.PullAsync(deal, "lab"));
        Assert.Equal(StatusCode.ResourceExhausted, refused.StatusCode);
        Assert.Equal("records/term", refused.GetRpcStatus()!.GetDetail<Google.Rpc.QuotaFailure>()!.Violations.Single().Subject);
    }

    [Fact]
    public async Task A_withdrawal_recalls_what_the_deal_got_and_its_answer_stands_in_the_users_report()
    {
        await using var node = await StartAsync(posts: 9);
        var deal = await node.Calls.AddDealAsync("lab", "pact");
        await node.Calls.DecideAsync("user-1", ConsentChoice.Grant, TestCalls.Past);
        var pulled = await node.Calls.PullAsync(deal, "lab");
        await node.Calls.ConfirmAsync(deal, "lab", pulled.Ranges());
        await node.Calls.DecideAsync("user-1", ConsentChoice.Withdraw, Later);

        var recall = (await node.Calls.Recalls.ListRecallsAsync(new ListRecallsRequest { Deal = deal }, node.Calls.AsPartner("lab"))).Recalls.Single();
        Assert.Equal((RecallCause.Withdrawal, "user-1", 3), (recall.Cause, recall.Author, recall.RecordCount));
        var records = (await node.Calls.Recalls.ListRecalledRecordsAsync(new ListRecalledRecordsRequest { Recall = recall.Name }, node.Calls.AsPartner("lab"))).Records;
        Assert.Equal(pulled.Records.Select(record => record.Id).Order(), records.Select(record => record.RecordId).Order());
        await node.Calls.Recalls.AnswerRecallAsync(
            new AnswerRecallRequest { Name = recall.Name, Answer = new RecallAnswer { Verdict = RecallVerdict.Deleted }, RequestId = TestCalls.NewId() },
            node.Calls.AsPartner("lab"));

        var report = (await node.Calls.Reports.GetUserReportAsync(new GetUserReportRequest { User = "platforms/acme/users/user-1" }, node.Calls.AsUser("user-1"))).Report;
        var delivery = report.Deliveries.Single();
        Assert.Equal((3, 3, 3, false), (delivery.RecordCount, delivery.RecalledCount, delivery.DeletedCount, delivery.IsHeld));
        Assert.Empty((await node.Calls.PullAsync(deal, "lab")).Slices);
    }

    [Fact]
    public async Task A_suspended_deal_gives_nothing_until_it_is_resumed()
    {
        await using var node = await StartAsync(posts: 6);
        var deal = await node.Calls.AddDealAsync("lab", "pact");
        await node.Calls.DecideAsync("user-0", ConsentChoice.Grant, TestCalls.Past);
        await node.Calls.Deals.SuspendDealAsync(new SuspendDealRequest { Name = deal, Reason = "late fees", RequestId = TestCalls.NewId() }, node.Calls.AsPlatform(Roles.Business));
        var refused = await Assert.ThrowsAsync<RpcException>(() => node.Calls.PullAsync(deal, "lab"));
        Assert.Equal((StatusCode.FailedPrecondition, "DEAL_NOT_ACTIVE"), (refused.StatusCode, refused.GetRpcStatus()!.GetDetail<Google.Rpc.ErrorInfo>()!.Reason));
        await node.Calls.Deals.ResumeDealAsync(new ResumeDealRequest { Name = deal, RequestId = TestCalls.NewId() }, node.Calls.AsPlatform(Roles.Approver));
        Assert.Equal(2, (await node.Calls.PullAsync(deal, "lab")).Records.Count());
    }

    [Fact]
    public async Task Confirming_a_slice_that_was_never_released_is_refused_and_confirms_nothing()
    {
        await using var node = await StartAsync(posts: 6);
        var deal = await node.Calls.AddDealAsync("lab", "pact");
        await node.Calls.DecideAsync("user-0", ConsentChoice.Grant, TestCalls.Past);
        var pulled = await node.Calls.PullAsync(deal, "lab");
        var unknown = pulled.Slices[0].Range.Clone();
        unknown.FirstSlice = unknown.LastSlice = 99;
        var refused = await Assert.ThrowsAsync<RpcException>(() => node.Calls.ConfirmAsync(deal, "lab", [.. pulled.Ranges(), unknown]));
        Assert.Equal(StatusCode.InvalidArgument, refused.StatusCode);
        Assert.Equal(pulled.Records.Count(), (await node.Calls.UsageAsync(deal, "lab")).UncertainRecordCount);
    }

    /// <summary>Posts 0 to n − 1 of three users in turn.</summary>
    [Fact]
    public async Task A_partition_that_came_back_says_that_it_does_not_know_the_pull_and_not_that_another_took_it_over()
    {
        await using var node = await TestNode.StartAsync();
        await node.Calls.AddPlatformAsync(partitionCount: 1);
        await node.Calls.ImportAsync([TestCalls.Post("p1", "ann", "one"), TestCalls.Post("p2", "ann", "two")]);
        await node.Calls.AddDealAsync("lab", "pact");
        await node.Calls.DecideAsync("ann", ConsentChoice.Grant, TestCalls.Past);
        var grains = node.Node.Services.GetRequiredService<IGrainFactory>();
        var partition = grains.GetGrain<IPartitionGrain>(PartitionKeys.Of(TestCalls.PlatformId, 0));
        var observer = grains.CreateObjectReference<IPullObserver>(new DeafObserver());
        Assert.Null((await partition.AttachAsync("pact", "one", observer)).Refusal);
        var slice = (await NextAsync("one")).Grant!.Slice;

        await partition.AsReference<IGrainManagementExtension>().DeactivateOnIdle();
        Assert.Equal(RefusalReason.PullNotOpen, (await NextAsync("one")).Refusal?.Reason);
        Assert.Equal(RefusalReason.PullNotOpen, (await partition.ResendSliceAsync("pact", "one", slice.Round, slice.Number)).Refusal?.Reason);

        Assert.Equal(slice, Assert.Single((await partition.AttachAsync("pact", "two", observer)).Unconfirmed));
        Assert.Equal(RefusalReason.PullTakenOver, (await NextAsync("one")).Refusal?.Reason);
        Assert.NotNull((await partition.ResendSliceAsync("pact", "two", slice.Round, slice.Number)).Grant);

        Task<SliceAnswer> NextAsync(string stream) => partition.NextSliceAsync(new NextSliceRequest("pact", stream, 1, 1_000));
    }

    private sealed class DeafObserver : IPullObserver
    {
        public void Revoked(int partition, SliceName slice)
        {
        }

        public void MayHaveMore(int partition)
        {
        }
    }

    private static async Task<TestNode> StartAsync(int posts)
    {
        var node = await TestNode.StartAsync();
        await node.Calls.AddPlatformAsync(partitionCount: 4);
        await node.Calls.ImportAsync(Enumerable.Range(0, posts).Select(number => TestCalls.Post($"{number:D3}", $"user-{number % 3}", $"post {number}")));
        return node;
    }

    private static IEnumerable<string> PostsOf(int posts, params string[] users) =>
        Enumerable.Range(0, posts).Where(number => users.Contains($"user-{number % 3}")).Select(number => $"{number:D3}");

    private static IEnumerable<string> Ids(PulledStream pulled) => pulled.Records.Select(record => record.Id).Order(StringComparer.Ordinal);
}
