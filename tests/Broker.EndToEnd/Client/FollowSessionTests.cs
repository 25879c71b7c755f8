using Broker.Client.Pulls;
using Broker.Protos.V1;
using static Broker.EndToEnd.Client.PullScript;

namespace Broker.EndToEnd.Client;

public sealed class FollowSessionTests
{
    private static readonly SliceId First = new(0, 1, 1);
    private static readonly SliceId Second = new(0, 2, 1);
    private static readonly PullOptions Following = new() { Follow = true };

    [Fact]
    public async Task What_is_kept_is_confirmed_when_nothing_more_comes_for_now_and_the_caller_is_told_that_it_waits()
    {
        await using var broker = await ScriptedBroker.StartAsync();
        broker.OnPull = async (_, request, script) =>
        {
            Assert.True(request.Follow);
            await script.HeaderAsync(0);
            await script.SliceAsync(First, RecordsOf(First));
            await HeartbeatAsync(script);
            await broker.FirstConfirmation; // no slice made it due: it was the heartbeat
            await script.SliceAsync(Second, RecordsOf(Second));
            await script.SummaryAsync(PullEndReason.DealNotActive);
        };
        var progress = new List<PullProgress>();
        using var connection = broker.Connect();
        var result = await new PullSession(connection, DealName, new MemorySink(), Following).RunAsync(new Told<PullProgress>(progress.Add));
        Assert.Equal(["pull", "confirm 0/1/1", "confirm 0/2/1"], broker.Events);
        Assert.Contains(progress, step => (step.Slices, step.IsCaughtUp) == (1, true));
        Assert.Equal((2, false), (progress[^1].Slices, progress[^1].IsCaughtUp));
        Assert.Equal(PullEndReason.DealNotActive, result.Reason);
    }

    [Fact]
    public async Task Stopped_while_it_waits_it_returns_what_came_and_hangs_up()
    {
        await using var broker = await ScriptedBroker.StartAsync();
        var hungUp = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        broker.OnPull = async (_, _, script) =>
        {
            await script.HeaderAsync(0);
            await script.SliceAsync(First, RecordsOf(First));
            await HeartbeatAsync(script);
            await script.HungUp;
            hungUp.SetResult();
        };
        using var connection = broker.Connect();
        var session = new PullSession(connection, DealName, new MemorySink(), Following);
        var result = await session.RunAsync(new Told<PullProgress>(step =>
        {
            if (step.IsCaughtUp) session.Stop();
        }));
        await hungUp.Task;
        Assert.Equal((PullEndReason.Stopped, 1, 0), (result.Reason, result.Total.Slices, result.Total.Breaks));
        Assert.Equal((0, 1, 7L), result.Partitions.Select(partition => (partition.Partition, partition.Round, partition.CoveredPosition)).Single());
        Assert.Equal(["pull", "confirm 0/1/1"], broker.Events);
    }

    [Fact]
    public async Task Stopped_while_it_waits_for_another_try_it_returns_at_once()
    {
        await using var broker = await ScriptedBroker.StartAsync();
        broker.OnPull = async (_, _, script) =>
        {
            await script.HeaderAsync(0);
            script.Break();
        };
        var time = new ScriptedTime();
        using var connection = broker.Connect(time);
        var session = new PullSession(connection, DealName, new MemorySink(), Following);
        var running = session.RunAsync();
        await time.NextDelayAsync();
        session.Stop();
        var result = await running;
        Assert.Equal((PullEndReason.Stopped, 1), (result.Reason, result.Total.Breaks));
    }

    [Fact]
    public async Task Stopped_before_it_begins_it_brings_nothing_and_is_no_failure()
    {
        await using var broker = await ScriptedBroker.StartAsync();
        using var connection = broker.Connect();
        var session = new PullSession(connection, DealName, new MemorySink(held: First), Following);
        session.Stop();
        var result = await session.RunAsync();
        Assert.Equal((PullEndReason.Stopped, 0), (result.Reason, result.Total.Slices));
    }

    [Fact]
    public async Task A_stream_that_grew_old_is_opened_anew_and_that_is_no_break()
    {
        await using var broker = await ScriptedBroker.StartAsync();
        broker.OnPull = async (number, _, script) =>
        {
            await script.HeaderAsync(0);
            await script.SliceAsync(new(0, number, 1), RecordsOf(new(0, number, 1)));
            await script.SummaryAsync(number < 12 ? PullEndReason.Renew : PullEndReason.QuotaExceeded);
        };
        using var connection = broker.Connect(retry: new() { AttemptsMax = 1 });
        var result = await new PullSession(connection, DealName, new MemorySink(), Following).RunAsync();
        Assert.Equal((PullEndReason.QuotaExceeded, 12, 0), (result.Reason, result.Total.Slices, result.Total.Breaks));
    }

    [Fact]
    public async Task Tries_are_counted_anew_once_a_stream_was_alive_though_it_brought_nothing()
    {
        await using var broker = await ScriptedBroker.StartAsync();
        var alive = new SemaphoreSlim(0);
        broker.OnPull = async (number, _, script) =>
        {
            await script.HeaderAsync(0);
            if (number == 7)
            {
                await script.SummaryAsync(PullEndReason.QuotaExceeded);
                return;
            }

            await HeartbeatAsync(script);
            await alive.WaitAsync();
            script.Break();
        };
        using var connection = broker.Connect(retry: new() { AttemptsMax = 2 });
        var result = await new PullSession(connection, DealName, new MemorySink(), Following).RunAsync(new Told<PullProgress>(step =>
        {
            if (step.IsCaughtUp) alive.Release();
        }));
        Assert.Equal(6, result.Total.Breaks);
    }

    private static Task HeartbeatAsync(PullScript script) => script.WriteAsync(new PullResponse
    {
        Heartbeat = new() { IsCaughtUp = true, Partitions = { new PartitionProgress { Partition = 0, Round = 1, IsFinished = true, CoveredPosition = 7 } } },
    });
}
