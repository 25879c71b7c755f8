using Broker.EndToEnd.Processes;
using Broker.Gateway.Identity;
using Broker.Grains.Keys;
using Broker.Grains.Logs;
using Broker.Grains.Partitions;
using Broker.Protos.V1;
using Broker.TestKit.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Record = Broker.Protos.V1.Record;

namespace Broker.EndToEnd.Nodes;

/// <summary>A log that is older than the users' keys: it has forgotten erasures of which the keys' database knows.</summary>
public sealed class KeylessRestoreTests
{
    private static readonly LogName Log = new("platforms/acme/partitions/0");

    [Fact]
    public async Task A_user_whose_key_is_destroyed_and_whom_a_restored_log_has_alive_is_erased_before_anything_is_released()
    {
        await using var node = await TestNode.StartAsync();
        await node.Calls.AddPlatformAsync(partitionCount: 1);
        var deal = await node.Calls.AddDealAsync("lab", "pact");
        await node.Calls.ImportAsync(PostsOf("mia", 1));
        await node.Calls.ImportAsync(PostsOf("ben", 1));
        foreach (var user in new[] { "mia", "ben" }) await node.Calls.DecideAsync(user, ConsentChoice.Grant, TestCalls.Past);
        Assert.Equal(2, (await node.Calls.PullAsync(deal, "lab")).Records.Count());
        await node.Calls.ImportAsync([.. PostsOf("mia", 2), .. PostsOf("ben", 2)]);

        var mia = Assert.Single(await Partition(node).EnsureUsersAsync(["mia"]));
        await Keys(node).DestroyAsync(Log, [mia], CancellationToken.None);
        await node.RestartAsync();

        var pulled = await node.Calls.PullAsync(deal, "lab"); // what was not confirmed comes again
        Assert.Equal(["ben-1", "ben-2"], pulled.Records.Select(record => record.Id).Order());
        var recall = Assert.Single((await node.Calls.Recalls.ListRecallsAsync(new ListRecallsRequest { Deal = deal }, node.Calls.AsPartner("lab"))).Recalls);
        Assert.Equal((RecallCause.Erasure, 1), (recall.Cause, recall.RecordCount));

        // Whoever knows who it was says so again; then no import brings them back.
        await node.Calls.Consents.EraseUserAsync(new EraseUserRequest { User = "platforms/acme/users/mia", RequestId = TestCalls.NewId() }, node.Calls.AsPlatform(Roles.PlatformAdmin));
        var complete = await node.Calls.ImportAsync(PostsOf("ben", 2), isComplete: true);
        Assert.Equal((2, 0, 2, 0), (complete.ReadCount, complete.AddedCount, complete.UnchangedCount, complete.NewUserCount));
        Assert.Equal(0, (await node.Calls.ImportAsync(PostsOf("mia", 3))).AddedCount);
        await AuditAsync(node);
    }

    [Fact]
    public async Task Numbers_that_were_given_and_destroyed_in_a_lost_history_are_passed_over()
    {
        await using var node = await TestNode.StartAsync();
        await node.Calls.AddPlatformAsync(partitionCount: 1);
        await node.Calls.ImportAsync(PostsOf("ben", 1));
        await Keys(node).CreateAsync(Log, [1, 2, 3], CancellationToken.None);
        await Keys(node).DestroyAsync(Log, [2], CancellationToken.None);

        for (var restart = 0; restart < 2; restart++)
        {
            await node.RestartAsync();
            var numbers = await Partition(node).EnsureUsersAsync(["ben", "cho", "dan"]);
            Assert.Equal([0, 3, 4], numbers);
        }

        Assert.Equal(2, (await node.Calls.ImportAsync([.. PostsOf("cho", 1), .. PostsOf("dan", 1)])).AddedCount);
        await AuditAsync(node);
    }

    private static IPartitionGrain Partition(TestNode node) =>
        node.Node.Services.GetRequiredService<IGrainFactory>().GetGrain<IPartitionGrain>(PartitionKeys.Of("acme", 0));

    private static IUserKeyStore Keys(TestNode node) => node.Node.Services.GetRequiredService<IUserKeyStore>();

    private static IEnumerable<Record> PostsOf(string user, int count) =>
        Enumerable.Range(1, count).Select(number => TestCalls.Post($"{user}-{number}", user, $"post {number}"));

    private static async Task AuditAsync(TestNode node)
    {
        await node.Node.StopAsync(CancellationToken.None);
        using var copy = new TemporaryDirectory();
        DirectoryAudit.Copy(node.Node.DataDirectory, copy.Path);
        var (exit, _, said) = await DirectoryAudit.RunAsync(copy.Path);
        Assert.True(exit == 0, said);
    }
}
