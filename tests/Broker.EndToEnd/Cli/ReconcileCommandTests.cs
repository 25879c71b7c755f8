using Broker.Cli;
using Broker.EndToEnd.Nodes;
using Broker.Grains.Logs;
using Broker.TestKit.Nodes;
using Microsoft.Extensions.DependencyInjection;

namespace Broker.EndToEnd.Cli;

public sealed class ReconcileCommandTests
{
    private const string Deal = "platforms/acme/deals/pact";

    [Fact]
    public async Task An_operator_sees_which_logs_are_held_and_ends_their_hold()
    {
        var marks = new MemoryMarks();
        await using var node = await TestNode.StartAsync(builder => builder.Services.AddSingleton<ILogMarks>(marks));
        await node.Calls.AddPlatformAsync(partitionCount: 2);
        await node.Calls.AddDealAsync("lab", "pact");
        Assert.Contains("No log is held.", (await RunAsync(node)).Done().Out, StringComparison.Ordinal);
        await marks.PretendMoreWasAcknowledgedAsync(new LogName(Deal));
        await node.RestartAsync();

        foreach (var isLooking in new[] { true, true, false })
        {
            var held = Assert.Single((await RunAsync(node, isLooking ? ["-o", "json"] : ["--yes", "-o", "json"])).Done().Json.GetProperty("logs").EnumerateArray());
            Assert.Equal((Deal, !isLooking), (held.GetProperty("log").GetString(), held.GetProperty("is_reconciled").GetBoolean()));
            Assert.Equal("LOG_GAP_KIND_BEHIND", held.GetProperty("gap").GetProperty("kind").GetString());
        }

        Assert.Contains("No log is held.", (await RunAsync(node, Deal)).Done().Out, StringComparison.Ordinal);
        Assert.Equal(ExitCode.NotFound, (await RunAsync(node, "platforms/acme/deals/none", "--yes")).Exit);
        Assert.Equal(ExitCode.Usage, (await RunAsync(node, "pact", "--yes")).Exit);
        Assert.DoesNotContain("deals/none", (await RunAsync(node, "-o", "json")).Done().Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_log_whose_mark_cannot_be_read_is_listed_and_stays_held()
    {
        var marks = new MemoryMarks();
        await using var node = await TestNode.StartAsync(builder => builder.Services.AddSingleton<ILogMarks>(marks));
        await node.Calls.AddPlatformAsync(partitionCount: 2);
        await node.Calls.AddDealAsync("lab", "pact");
        marks.Loading = log => log.Value == Deal ? throw new IOException("the object store does not answer") : Task.CompletedTask;
        await node.RestartAsync();

        var sure = await RunAsync(node, "--yes", "-o", "json");

        Assert.Equal(ExitCode.Unavailable, sure.Exit);
        var held = Assert.Single(sure.Json.GetProperty("logs").EnumerateArray());
        Assert.Equal((Deal, false), (held.GetProperty("log").GetString(), held.GetProperty("is_reconciled").GetBoolean()));
        Assert.Equal("LOG_GAP_KIND_MARK_UNREADABLE", held.GetProperty("gap").GetProperty("kind").GetString());
        Assert.Contains("mark-unreadable", (await RunAsync(node)).Done().Out, StringComparison.Ordinal);
    }

    private static Task<CliRun> RunAsync(TestNode node, params string[] args) => CliRun.OfAsync(
        ["cluster", "reconcile", .. args, "--server", node.Node.Address.ToString()], new() { ["BROKER_DATA"] = node.Node.DataDirectory }, output: null, cancellationToken: CancellationToken.None);
}
