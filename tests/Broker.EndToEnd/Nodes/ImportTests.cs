using Broker.Protos.V1;
using Broker.TestKit.Nodes;
using Record = Broker.Protos.V1.Record;

namespace Broker.EndToEnd.Nodes;

public sealed class ImportTests
{
    private static readonly Record[] Three =
    [
        TestCalls.Post("1", "ann", "first"), TestCalls.Post("2", "ann", "second ü 🎉"), TestCalls.Post("3", "ben", ""),
    ];

    [Fact]
    public async Task Importing_twice_adds_nothing_and_a_changed_record_replaces_its_older_version_also_after_a_restart()
    {
        await using var node = await TestNode.StartAsync();
        await node.Calls.AddPlatformAsync(partitionCount: 4);
        var first = await node.Calls.ImportAsync(Three);
        Assert.Equal((3, 3, 0, 0, 2), (first.ReadCount, first.AddedCount, first.ReplacedCount, first.UnchangedCount, first.NewUserCount));

        await node.RestartAsync();
        var again = await node.Calls.ImportAsync(Three);
        Assert.Equal((3, 0, 0, 3, 0), (again.ReadCount, again.AddedCount, again.ReplacedCount, again.UnchangedCount, again.NewUserCount));

        var changed = await node.Calls.ImportAsync([TestCalls.Post("2", "ann", "second, edited"), TestCalls.Post("4", "cho", "fourth")]);
        Assert.Equal((1, 1, 0, 1), (changed.AddedCount, changed.ReplacedCount, changed.UnchangedCount, changed.NewUserCount));
        Assert.Equal(2, await HeldOfAsync(node, "ann"));

        var moved = await node.Calls.ImportAsync([TestCalls.Post("1", "ben", "first")]);
        Assert.Equal(1, moved.ReplacedCount);
        Assert.Equal((1L, 2L), (await HeldOfAsync(node, "ann"), await HeldOfAsync(node, "ben")));
    }

    private static async Task<long> HeldOfAsync(TestNode node, string user)
    {
        var report = await node.Calls.Reports.GetUserReportAsync(new GetUserReportRequest { User = $"platforms/acme/users/{user}" }, node.Calls.AsUser(user));
        return report.Report.HeldRecords.Sum(held => held.Count);
    }
}
