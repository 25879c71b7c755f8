using Broker.Domain;
using Broker.EndToEnd.Processes;
using Broker.Grains.Deals;
using Broker.Grains.Logs;
using Broker.Grains.Partitions;
using Broker.Grains.Pulls;
using Broker.Grains.Restores;
using Broker.Protos.V1;
using Broker.TestKit.Nodes;
using Grpc.Core;
using Microsoft.Extensions.DependencyInjection;

namespace Broker.EndToEnd.Nodes;

/// <summary>What a node does whose logs are older than what was acknowledged once: seen in their high-water marks.</summary>
public sealed class RestoreTests
{
    private const string Deal = "platforms/acme/deals/pact";
    private const string Partition = "platforms/acme/partitions/0";

    [Theory]
    [InlineData(Deal)]
    [InlineData(Partition)]
    public async Task A_restored_log_releases_nothing_takes_withdrawals_and_goes_on_when_it_is_reconciled(string log)
    {
        var marks = new MemoryMarks();
        await using var node = await TestNode.StartAsync(builder => builder.Services.AddSingleton<ILogMarks>(marks));
        await node.Calls.AddPlatformAsync(partitionCount: 1);
        var deal = await node.Calls.AddDealAsync("lab", "pact");
        await node.Calls.ImportAsync(Enumerable.Range(0, 6).Select(number => TestCalls.Post($"p{number}", $"user-{number % 2}", $"post {number}")));
        await node.Calls.DecideAsync("user-0", ConsentChoice.Grant, TestCalls.Past);
        var first = await node.Calls.PullAsync(deal, "lab", sliceRecords: 1);
        Assert.Equal(3, first.Records.Count());

        await marks.PretendMoreWasAcknowledgedAsync(new LogName(log));
        await node.RestartAsync();
        await node.Calls.DecideAsync("user-1", ConsentChoice.Grant, TestCalls.Past);
        // What was released comes again to nobody either: this log does not know what was withdrawn since.
        var refused = await Assert.ThrowsAsync<RpcException>(() => node.Calls.PullAsync(deal, "lab"));
        Assert.Equal(StatusCode.FailedPrecondition, refused.StatusCode);
        Assert.Contains("broker cluster reconcile", refused.Status.Detail, StringComparison.Ordinal);
        Assert.Equal(3, (await node.Calls.UsageAsync(deal, "lab")).Posted.RecordCount);
        foreach (var reason in await RefusalsAsync(node, log)) Assert.Equal(RefusalReason.RestoreUnreconciled, reason);
        await node.Calls.DecideAsync("user-0", ConsentChoice.Withdraw, TestCalls.Past.AddYears(1));

        var grain = GrainOf(node, log);
        Assert.NotNull(await grain.GetGapAsync());
        Assert.NotNull(await grain.ReconcileAsync("ann"));
        Assert.Null(await grain.GetGapAsync());

        var after = await node.Calls.PullAsync(deal, "lab");
        Assert.Equal(["p1", "p3", "p5"], after.Records.Select(record => record.Id).Order());
        await node.RestartAsync();
        Assert.Null(await GrainOf(node, log).GetGapAsync());
        await node.Node.StopAsync(CancellationToken.None);
        using var copy = new TemporaryDirectory();
        DirectoryAudit.Copy(node.Node.DataDirectory, copy.Path);
        var (exit, _, said) = await DirectoryAudit.RunAsync(copy.Path); // the auditor knows what a reconciliation is
        Assert.True(exit == 0, said);
    }

    /// <summary>What the grain itself says to each who would release, send again or reserve.</summary>
    private static async Task<RefusalReason?[]> RefusalsAsync(TestNode node, string log)
    {
        var grains = node.Node.Services.GetRequiredService<IGrainFactory>();
        if (log == Deal)
        {
            var deal = grains.GetGrain<IDealReleasePort>("acme/pact");
            return
            [
                (await deal.GetContractInForceAsync()).Refusal?.Reason,
                (await deal.ReserveAsync(new ReserveRequest("2/0/1/1@9", 1, 1, 1, 0, 1, 1, 0))).Refusal?.Reason,
            ];
        }

        var partition = grains.GetGrain<IPartitionGrain>(PartitionKeys.Of("acme", 0));
        return
        [
            (await partition.NextSliceAsync(new NextSliceRequest("pact", "stream", 10, 1000))).Refusal?.Reason,
            (await partition.ResendSliceAsync("pact", "stream", 1, 1)).Refusal?.Reason,
        ];
    }

    private static IRestoredLog GrainOf(TestNode node, string log)
    {
        var grains = node.Node.Services.GetRequiredService<IGrainFactory>();
        return log == Deal ? grains.GetGrain<IDealGrain>("acme/pact") : grains.GetGrain<IPartitionGrain>(PartitionKeys.Of("acme", 0));
    }
}
