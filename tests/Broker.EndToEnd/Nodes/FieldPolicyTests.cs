using Broker.Gateway.Identity;
using Broker.Protos.V1;
using Broker.TestKit.Nodes;

namespace Broker.EndToEnd.Nodes;

/// <summary>Goal: a recall names its user as the deal got them, and says no more than the records did.</summary>
public sealed class FieldPolicyTests
{
    private static readonly DateTimeOffset Later = TestCalls.Past.AddYears(2);

    [Fact]
    public async Task A_recall_names_its_user_by_the_pseudonym_that_the_deal_got()
    {
        await using var node = await StartAsync();
        var deal = await node.Calls.AddDealAsync("lab", "pact");
        await AmendAsync(node, deal, scope => scope.PseudonymisedFields.Add(RecordField.Author));
        var authors = await PullAuthorsAsync(node, deal);
        await WithdrawAsync(node);
        Assert.All(authors, author => Assert.Equal(43, author.Length));
        Assert.Equal(authors.Order(), (await RecalledAuthorsAsync(node, deal)).Order());
    }

    [Fact]
    public async Task A_recall_names_nobody_where_the_deal_got_no_authors()
    {
        await using var node = await StartAsync();
        var deal = await node.Calls.AddDealAsync("lab", "pact");
        await AmendAsync(node, deal, scope => scope.DroppedFields.Add(RecordField.Author));
        Assert.Equal(["", ""], await PullAuthorsAsync(node, deal));
        await WithdrawAsync(node);
        Assert.Equal(["", ""], await RecalledAuthorsAsync(node, deal));
    }

    [Fact]
    public async Task A_user_whom_the_deal_got_in_two_forms_is_named_by_the_stricter_and_one_whom_it_got_by_name_by_name()
    {
        await using var node = await StartAsync();
        var deal = await node.Calls.AddDealAsync("lab", "pact");
        Assert.Equal(["ann", "bob"], (await PullAuthorsAsync(node, deal)).Order());
        await AmendAsync(node, deal, scope => scope.PseudonymisedFields.Add(RecordField.Author));
        await node.Calls.ImportAsync([TestCalls.Post("later", "ann", "more of ann")]);
        var pseudonym = Assert.Single(await PullAuthorsAsync(node, deal));
        Assert.Equal(43, pseudonym.Length);
        await WithdrawAsync(node);
        Assert.Equal([pseudonym, "bob"], (await RecalledAuthorsAsync(node, deal)).OrderByDescending(author => author.Length));
    }

    /// <summary>One post each of ann and bob, who both agreed.</summary>
    private static async Task<TestNode> StartAsync()
    {
        var node = await TestNode.StartAsync();
        await node.Calls.AddPlatformAsync(partitionCount: 1);
        await node.Calls.ImportAsync([TestCalls.Post("1", "ann", "a post"), TestCalls.Post("2", "bob", "a post")]);
        foreach (var user in (string[])["ann", "bob"]) await node.Calls.DecideAsync(user, ConsentChoice.Grant, TestCalls.Past);
        return node;
    }

    private static async Task AmendAsync(TestNode node, string deal, Action<Scope> change)
    {
        var terms = (await node.Calls.Deals.GetDealAsync(new GetDealRequest { Name = deal }, node.Calls.AsPlatform(Roles.Business))).Deal.Contract.Terms.Clone();
        change(terms.Scope);
        await node.Calls.Deals.AmendDealAsync(new AmendDealRequest { Name = deal, Terms = terms, RequestId = TestCalls.NewId() }, node.Calls.AsPlatform(Roles.Business));
        await node.Calls.Deals.ApproveAmendmentAsync(
            new ApproveAmendmentRequest { Name = deal, Version = 2, RequestId = TestCalls.NewId() }, node.Calls.AsPlatform(Roles.Approver));
    }

    private static async Task<List<string>> PullAuthorsAsync(TestNode node, string deal)
    {
        var pulled = await node.Calls.PullAsync(deal, "lab");
        await node.Calls.ConfirmAsync(deal, "lab", pulled.Ranges());
        return [.. pulled.Records.Select(record => record.Author)];
    }

    private static async Task WithdrawAsync(TestNode node)
    {
        foreach (var user in (string[])["ann", "bob"]) await node.Calls.DecideAsync(user, ConsentChoice.Withdraw, Later);
    }

    private static async Task<List<string>> RecalledAuthorsAsync(TestNode node, string deal) =>
        [.. (await node.Calls.Recalls.ListRecallsAsync(new ListRecallsRequest { Deal = deal }, node.Calls.AsPartner("lab"))).Recalls.Select(recall => recall.Author)];
}
