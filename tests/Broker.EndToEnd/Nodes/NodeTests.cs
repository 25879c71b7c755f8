using Broker.Gateway.Identity;
using Broker.Hosting;
using Broker.Protos.V1;
using Broker.TestKit.Nodes;
using Microsoft.Extensions.Logging;

namespace Broker.EndToEnd.Nodes;

public sealed class NodeTests
{
    [Fact]
    public async Task What_was_registered_decided_and_approved_stands_after_a_restart()
    {
        await using var node = await TestNode.StartAsync();
        await node.Calls.AddPlatformAsync(partitionCount: 4);
        var name = await node.Calls.AddDealAsync("lab", "pact", TestCalls.Records(10));
        await node.Calls.DecideAsync("ann", ConsentChoice.Grant, TestCalls.Past);
        await node.RestartAsync();

        var calls = node.Calls;
        var admin = calls.AsPlatform(Roles.PlatformAdmin);
        var policy = (await calls.Platforms.GetPolicyAsync(new GetPolicyRequest { Platform = TestCalls.PlatformName }, admin)).Policy;
        Assert.Equal("https://acme.example/object", policy.ObjectionChannel);
        Assert.Equal("US", policy.JurisdictionRules.Single().Jurisdiction);
        Assert.Equal([TestCalls.PlatformName], (await calls.Platforms.ListPlatformsAsync(new ListPlatformsRequest(), admin)).Platforms.Select(platform => platform.Name));
        var datasets = (await calls.Platforms.ListDatasetsAsync(new ListDatasetsRequest { Parent = TestCalls.PlatformName }, admin)).Datasets;
        Assert.Equal([TestCalls.Dataset], datasets.Select(dataset => dataset.Name));

        var deal = (await calls.Deals.GetDealAsync(new GetDealRequest { Name = name }, calls.AsPartner("lab"))).Deal;
        Assert.Equal(Deal.Types.State.Active, deal.State);
        Assert.Equal(10L, deal.Contract.Terms.Limits.Single().Amount);

        var user = calls.AsUser("ann");
        var consent = (await calls.Consents.GetConsentAsync(new GetConsentRequest { User = "platforms/acme/users/ann" }, user)).Consent;
        Assert.Equal(ConsentChoice.Grant, consent.Decisions.Single().Choice);
        Assert.Contains(consent.InForce, one => one is { Kind: RecordKind.Post, Basis: ConsentBasis.Grant });
        var report = (await calls.Reports.GetUserReportAsync(new GetUserReportRequest { User = "platforms/acme/users/ann" }, user)).Report;
        Assert.Empty(report.Deliveries);
        Assert.Empty((await calls.Recalls.ListRecallsAsync(new ListRecallsRequest { Deal = name }, calls.AsPartner("lab"))).Recalls);
    }

    [Fact]
    public async Task A_directory_or_a_port_that_is_in_use_is_refused_by_name()
    {
        await using var node = await TestNode.StartAsync();
        var held = await Assert.ThrowsAsync<NodeStartException>(() => StartAsync(node.Node.DataDirectory, 0));
        Assert.Contains("held by another process", held.Message, StringComparison.Ordinal);

        using var directory = new TemporaryDirectory();
        var used = await Assert.ThrowsAsync<NodeStartException>(() => StartAsync(directory.Path, node.Node.Address.Port));
        Assert.Contains($"Port {node.Node.Address.Port}", used.Message, StringComparison.Ordinal);
        await (await StartAsync(directory.Path, 0)).DisposeAsync(); // the refused start left it free
    }

    [Fact]
    public async Task A_file_that_is_no_database_is_refused_and_left_as_it_was()
    {
        using var directory = new TemporaryDirectory();
        var path = Path.Combine(directory.Path, "logs.db");
        await File.WriteAllTextAsync(path, "a letter to my mother, longer than the header of a database would be, which is a hundred bytes long");
        var before = await File.ReadAllBytesAsync(path);
        await Assert.ThrowsAsync<NodeStartException>(() => StartAsync(directory.Path, 0));
        Assert.Equal(before, await File.ReadAllBytesAsync(path));
    }

    private static Task<BrokerNode> StartAsync(string directory, int port) =>
        BrokerNode.StartAsync(new NodeOptions { DataDirectory = directory, Port = port }, builder => builder.Logging.ClearProviders(), CancellationToken.None);
}
