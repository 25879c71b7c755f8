using Broker.Client;
using Broker.Client.Files;
using Broker.Client.Pulls;
using Broker.Gateway.Identity;
using Broker.Protos.V1;
using Broker.TestKit.Nodes;

namespace Broker.EndToEnd.Nodes;

/// <summary>Slices' names come again where the logs are restored to an earlier state and go on otherwise.</summary>
public sealed class LostSlicesTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    private string LogsBackup => Path.Combine(_directory.Path, "backup");

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task A_partner_whose_slices_a_restore_has_lost_sets_them_aside_and_gets_everything_that_is_licensed_once()
    {
        await using var node = await TestNode.StartAsync();
        await node.Calls.AddPlatformAsync(partitionCount: 1);
        var deal = await node.Calls.AddDealAsync("lab", "pact");
        foreach (var user in new[] { "ann", "ben", "cho" }) await node.Calls.DecideAsync(user, ConsentChoice.Grant, TestCalls.Past);
        await node.Calls.ImportAsync([TestCalls.Post("ann-1", "ann", "first")]);
        Assert.Equal(0, (await PullAsync(node, deal, "here")).Total.LostSlices);
        await node.RestartAsync(() => Copy(node.Node.DataDirectory, LogsBackup));

        // Lost: what ann wrote next, and that the partner got it.
        await node.Calls.ImportAsync([TestCalls.Post("ann-2", "ann", "second")]);
        await PullAsync(node, deal, "here");
        await node.RestartAsync(() => Copy(LogsBackup, node.Node.DataDirectory));

        // The history goes on otherwise, and another machine of the partner's is the first to pull on.
        await node.Calls.ImportAsync([TestCalls.Post("ben-1", "ben", "another"), TestCalls.Post("ann-2", "ann", "second")]);
        await PullAsync(node, deal, "there");
        await node.Calls.ImportAsync([TestCalls.Post("cho-1", "cho", "third")]);
        var result = await PullAsync(node, deal, "here");

        Assert.Equal((1, 1L, 0), (result.Total.LostSlices, result.Total.Records, result.Total.RepeatedSlices));
        using var here = SliceDirectory.OpenExisting(Path.Combine(_directory.Path, "here"));
        Assert.Equal([new(0, 1, 1), new SliceId(0, 3, 1)], here.Held.Order());
        Assert.Contains("ann-2", await File.ReadAllTextAsync(Assert.Single(Directory.GetFiles(here.LostDirectory))), StringComparison.Ordinal);
        Assert.Equal(4, (await node.Calls.UsageAsync(deal, "lab")).Posted.RecordCount); // ann-1, ben-1, ann-2, cho-1: each once
    }

    private async Task<PullResult> PullAsync(TestNode node, string deal, string name)
    {
        using var connection = new BrokerConnection(new BrokerConnectionOptions
        {
            Address = node.Node.Address,
            Token = _ => new(node.Node.Identity.Mint(new VerifiedCaller { Subject = "lab", Roles = Roles.Partner, Partner = "lab" }, TimeSpan.FromHours(1))),
        });
        using var sink = SliceDirectory.Open(Path.Combine(_directory.Path, name), deal, SliceFileFormat.Ndjson);
        return await new PullSession(connection, deal, sink).RunAsync();
    }

    /// <summary>The logs alone: keys, segments and snapshots stay as they are, as in a cluster whose database is restored.</summary>
    private static void Copy(string from, string to)
    {
        Directory.CreateDirectory(to);
        foreach (var file in Directory.GetFiles(to, "logs.db*")) File.Delete(file);
        foreach (var file in Directory.GetFiles(from, "logs.db*")) File.Copy(file, Path.Combine(to, Path.GetFileName(file)));
    }
}
