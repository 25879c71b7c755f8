using Broker.Domain;
using Broker.Grains.Logs;
using Microsoft.Extensions.Logging.Abstractions;

namespace Broker.Storage.Tests.Logs;

public abstract partial class LogStoreConformance
{
    [SkippableFact]
    public async Task What_was_acknowledged_stands_when_the_store_opens_again()
    {
        var writer = await WriterAsync();
        await writer.AppendAsync("one");
        await writer.AppendAsync("two", "three");

        await World.ReopenAsync();

        Assert.Equal(["one", "two", "three"], await TextsAsync(Log));
        var next = await WriterAsync();
        Assert.Equal((2, 3), (next.Head.Fence, next.Head.LastPosition));
        Assert.Equal(LogAppendOutcome.Appended, (await next.AppendAsync("four")).Outcome);
    }

    [SkippableTheory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_commit_that_breaks_has_an_unknown_outcome_and_the_next_take_over_learns_it(bool tookEffect)
    {
        var writer = await WriterAsync();
        await writer.AppendAsync("one");
        World.BreakNextCommit(tookEffect);

        var failure = await Assert.ThrowsAsync<LogUnavailableException>(() => writer.AppendAsync("two", "three"));

        Assert.True(failure.OutcomeUnknown);
        var next = await WriterAsync();
        Assert.Equal((2, tookEffect ? 3 : 1), (next.Head.Fence, next.Head.LastPosition));
        Assert.Equal(tookEffect ? ["one", "two", "three"] : ["one"], await TextsAsync(Log));
        Assert.Equal(LogAppendOutcome.Fenced, (await writer.AppendAsync("two", "three")).Outcome);
        Assert.Equal(LogAppendOutcome.Appended, (await next.AppendAsync("four")).Outcome);
    }

    [SkippableTheory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_take_over_that_breaks_is_made_anew_and_still_raises_the_fence(bool tookEffect)
    {
        var writer = await WriterAsync();
        World.BreakNextCommit(tookEffect);

        await Assert.ThrowsAsync<LogUnavailableException>(WriterAsync);

        Assert.Equal(tookEffect ? LogAppendOutcome.Fenced : LogAppendOutcome.Appended, (await writer.CheckAsync()).Outcome);
        Assert.Equal(tookEffect ? 3 : 2, (await WriterAsync()).Head.Fence);
    }

    [SkippableFact]
    public async Task A_full_disk_is_a_definite_failure_and_nothing_of_the_append_stays()
    {
        var writer = await WriterAsync();
        await writer.AppendAsync("one");
        await World.FillDiskAsync();

        var failure = await Assert.ThrowsAsync<LogUnavailableException>(() => writer.AppendAsync("two"u8.ToArray(), new byte[1 << 20]));

        Assert.False(failure.OutcomeUnknown);
        Assert.Equal(["one"], await TextsAsync(Log));
        Assert.Equal(LogAppendOutcome.Appended, (await writer.CheckAsync()).Outcome);
        await World.FreeDiskAsync();
        Assert.Equal(LogAppendOutcome.Appended, (await writer.AppendAsync("two")).Outcome);
        Assert.Equal(["one", "two"], await TextsAsync(Log));
    }

    [SkippableFact]
    public async Task Decided_at_never_runs_backwards_where_the_stores_clock_does()
    {
        using var meter = new LogMeter();
        for (var activation = 0; activation < 3; activation++)
        {
            var machine = new LogMachine<int, byte>(Log, ByteLog.Definition, new LogServices(Store, null, TimeProvider.System, new LogOptions(), meter, NullLoggerFactory.Instance));
            await machine.TakeOverAsync(None);
            await machine.ReplayAsync(None);
            for (var i = 0; i < 3; i++)
            {
                await machine.ExecuteAsync(static (_, _) => Decision<byte>.Of(1));
                World.SetClockBack(TimeSpan.FromMinutes(10));
            }
        }

        var times = (await AllAsync(Log)).Select(entry => entry.DecidedAt).ToArray();
        Assert.Equal(9, times.Length);
        Assert.Equal(times.Order(), times);
    }
}
