using System.Globalization;
using System.Text.Json;
using Broker.EndToEnd.Nodes;
using Broker.Grains.Logs;
using Broker.Grains.Partitions;
using Broker.Protos.V1;
using Broker.TestKit.Nodes;
using Microsoft.Extensions.DependencyInjection;

namespace Broker.EndToEnd.Cli;

public sealed class ClusterStatusTests : IAsyncDisposable
{
    private const string Deal = "platforms/acme/deals/pact";
    private const string Partition = "platforms/acme/partitions/0";

    private readonly MemoryMarks _marks = new();
    private TestNode? _node;

    public async ValueTask DisposeAsync()
    {
        if (_node is not null) await _node.DisposeAsync();
    }

    [Fact]
    public async Task A_mark_beyond_its_log_shows_that_the_log_was_restored()
    {
        var node = await StartAsync();
        await _marks.PretendMoreWasAcknowledgedAsync(new LogName(Deal));

        var logs = await LogsAsync(node);
        Assert.InRange(Position(logs[Deal], "mark_position"), 1_000, 1_000 + Position(logs[Deal], "last_position"));
        Assert.InRange(Position(logs[Partition], "mark_position"), 0, Position(logs[Partition], "last_position"));
        var mark = Position(logs[Deal], "mark_position").ToString("N0", CultureInfo.InvariantCulture);
        Assert.Contains(mark, (await RunAsync(node)).Done().Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_mark_that_cannot_be_read_is_said_to_be_so_and_hides_nothing_else()
    {
        var node = await StartAsync();
        await _marks.PretendMoreWasAcknowledgedAsync(new LogName(Deal));
        _marks.Loading = log => log.Value == Partition ? throw new IOException("the object store is gone") : Task.CompletedTask;

        var logs = await LogsAsync(node);
        Assert.Equal((true, 0L), (logs[Partition].GetProperty("mark_unreadable").GetBoolean(), Position(logs[Partition], "mark_position")));
        Assert.False(logs[Deal].TryGetProperty("mark_unreadable", out var isUnreadable) && isUnreadable.GetBoolean());
        Assert.True(Position(logs[Deal], "mark_position") > 1_000);
        Assert.Contains("(unreadable)", (await RunAsync(node)).Done().Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_log_that_grows_while_it_is_looked_at_does_not_look_restored()
    {
        var node = await StartAsync();
        var grain = node.Node.Services.GetRequiredService<IGrainFactory>().GetGrain<IPartitionGrain>(PartitionKeys.Of("acme", 0));
        var grown = 0L;
        _marks.Loading = async log =>
        {
            if (log.Value != Partition || grown != 0) return;
            grown = -1; // once
            await node.Calls.DecideAsync("ann", ConsentChoice.Grant, TestCalls.Past);
            grown = (await grain.GetStatusAsync()).Position;
            await _marks.RaiseAsync(log, new LogMark(grown, 1, new byte[LogLimits.HashBytes], ""), CancellationToken.None);
        };

        var log = (await LogsAsync(node))[Partition];
        Assert.True(grown > 1);
        Assert.InRange(Position(log, "mark_position"), grown, Position(log, "last_position"));
    }

    private async Task<TestNode> StartAsync()
    {
        _node = await TestNode.StartAsync(builder => builder.Services.AddSingleton<ILogMarks>(_marks));
        await _node.Calls.AddPlatformAsync(partitionCount: 1);
        await _node.Calls.AddDealAsync("lab", "pact");
        return _node;
    }

    private static long Position(JsonElement log, string field) => log.TryGetProperty(field, out var value)
        ? value.ValueKind == JsonValueKind.Number ? value.GetInt64() : long.Parse(value.GetString()!, CultureInfo.InvariantCulture)
        : 0;

    private static async Task<Dictionary<string, JsonElement>> LogsAsync(TestNode node) =>
        (await RunAsync(node, "-o", "json")).Done().Json.GetProperty("logs").EnumerateArray().ToDictionary(log => log.GetProperty("name").GetString()!);

    private static Task<CliRun> RunAsync(TestNode node, params string[] args) => CliRun.OfAsync(
        ["cluster", "status", .. args, "--server", node.Node.Address.ToString()], new() { ["BROKER_DATA"] = node.Node.DataDirectory }, output: null, cancellationToken: CancellationToken.None);
}
