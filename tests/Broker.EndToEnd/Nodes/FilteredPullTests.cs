using Broker.Gateway.Identity;
using Broker.Protos.V1;
using Broker.TestKit.Nodes;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Record = Broker.Protos.V1.Record;

namespace Broker.EndToEnd.Nodes;

/// <summary>Goal: what a filter leaves out is neither sold nor lost. Method: a whole node, raw calls.</summary>
public sealed class FilteredPullTests
{
    private static readonly PullFilter Comments = new() { Kinds = { RecordKind.Comment } };

    [Fact]
    public async Task What_a_filter_leaves_out_is_not_charged_and_comes_with_a_later_pull_also_after_a_restart()
    {
        await using var node = await StartAsync();
        var deal = await node.Calls.AddDealAsync("lab", "pact");
        Assert.Equal(["c-en"], await PullAsync(node, deal, Comments));
        await node.RestartAsync();
        Assert.Equal(["p-de"], await PullAsync(node, deal, new() { Languages = { "de" } }));
        Assert.Empty(await PullAsync(node, deal, Comments));
        Assert.Equal(2, (await node.Calls.UsageAsync(deal, "lab")).Posted.RecordCount);

        await node.Calls.ImportAsync([Of("c2", RecordKind.Comment, "en", 2)]);
        await node.RestartAsync();
        Assert.Equal(["p-old"], await PullAsync(node, deal, new() { CreatedBefore = Timestamp.FromDateTimeOffset(TestCalls.Past.AddDays(1)) }));
        Assert.Equal(["c2", "p-en"], await PullAsync(node, deal, null));
        Assert.Empty(await PullAsync(node, deal, Comments));
        Assert.Equal(5, (await node.Calls.UsageAsync(deal, "lab")).Posted.RecordCount);
    }

    [Fact]
    public async Task A_withdrawal_recalls_what_a_pull_with_a_filter_brought_and_no_more()
    {
        await using var node = await StartAsync();
        var deal = await node.Calls.AddDealAsync("lab", "pact");
        await PullAsync(node, deal, Comments);
        await node.Calls.DecideAsync("ann", ConsentChoice.Withdraw, TestCalls.Past.AddYears(2));
        var recall = Assert.Single((await node.Calls.Recalls.ListRecallsAsync(new ListRecallsRequest { Deal = deal }, node.Calls.AsPartner("lab"))).Recalls);
        var records = (await node.Calls.Recalls.ListRecalledRecordsAsync(new ListRecalledRecordsRequest { Recall = recall.Name }, node.Calls.AsPartner("lab"))).Records;
        Assert.Equal("c-en", Assert.Single(records).RecordId);
    }

    [Fact]
    public async Task A_round_that_a_limit_cut_off_goes_on_with_its_filter_or_none_and_with_no_other()
    {
        await using var node = await StartAsync();
        var deal = await node.Calls.AddDealAsync("lab", "pact", TestCalls.Records(1));
        Assert.Single(await PullAsync(node, deal, new() { Kinds = { RecordKind.Post } }));
        await RaiseAsync(node, deal, 3);
        var refused = await Assert.ThrowsAsync<RpcException>(() => PullAsync(node, deal, Comments));
        Assert.Equal((StatusCode.FailedPrecondition, "ROUND_HAS_OTHER_FILTER"), (refused.StatusCode, refused.GetRpcStatus()!.GetDetail<Google.Rpc.ErrorInfo>()!.Reason));
        Assert.Equal(2, (await PullAsync(node, deal, new() { Kinds = { RecordKind.Post } })).Count);
        await RaiseAsync(node, deal, 9);
        Assert.Equal(["c-en"], await PullAsync(node, deal, null));
    }

    /// <summary>Ann agreed, and has three posts (one in German, one old) and a comment.</summary>
    private static async Task<TestNode> StartAsync()
    {
        var node = await TestNode.StartAsync();
        await node.Calls.AddPlatformAsync(partitionCount: 1);
        await node.Calls.ImportAsync([Of("p-en", RecordKind.Post, "en", 1), Of("p-de", RecordKind.Post, "de", 1), Of("p-old", RecordKind.Post, "", 0), Of("c-en", RecordKind.Comment, "en", 1)]);
        await node.Calls.DecideAsync("ann", ConsentChoice.Grant, TestCalls.Past);
        return node;
    }

    private static Record Of(string id, RecordKind kind, string language, int years) => new(TestCalls.Post(id, "ann", "words"))
    {
        Kind = kind,
        Language = language,
        CreateTimeMs = TestCalls.Past.AddYears(years).ToUnixTimeMilliseconds(),
    };

    private static async Task<IReadOnlyList<string>> PullAsync(TestNode node, string deal, PullFilter? filter)
    {
        using var call = node.Calls.Pulls.Pull(new PullRequest { Deal = deal, Filter = filter }, node.Calls.AsPartner("lab"));
        var pulled = await PulledStream.ReadAsync(call);
        if (pulled.Slices.Count > 0) await node.Calls.ConfirmAsync(deal, "lab", pulled.Ranges());
        return [.. pulled.Records.Select(record => record.Id).Order()];
    }

    private static async Task RaiseAsync(TestNode node, string deal, long records)
    {
        var held = (await node.Calls.Deals.GetDealAsync(new GetDealRequest { Name = deal }, node.Calls.AsPlatform(Roles.Business))).Deal.Contract;
        var terms = held.Terms.Clone();
        terms.Limits[0].Amount = records;
        await node.Calls.Deals.AmendDealAsync(new AmendDealRequest { Name = deal, Terms = terms, RequestId = TestCalls.NewId() }, node.Calls.AsPlatform(Roles.Business));
        await node.Calls.Deals.ApproveAmendmentAsync(
            new ApproveAmendmentRequest { Name = deal, Version = held.Version + 1, RequestId = TestCalls.NewId() }, node.Calls.AsPlatform(Roles.Approver));
    }
}
