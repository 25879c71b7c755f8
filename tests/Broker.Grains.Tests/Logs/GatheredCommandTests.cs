using Broker.Domain;
using Broker.Grains.Logs;

namespace Broker.Grains.Tests.Logs;

/// <summary>Commands that are started together: written together, and decided as if each came by itself.</summary>
public sealed class GatheredCommandTests
{
    private readonly LogUnderTest _log = new();

    [Fact]
    public async Task Each_sees_what_the_one_before_it_decided_and_all_go_in_one_append()
    {
        var machine = _log.Activate();

        var calls = _log.WriteEach(machine, 1, 2, 1, 3);
        Assert.False(calls.IsCompleted);
        _log.LetAllGo();

        var told = await calls.Settled();
        Assert.Equal([1L, 2, 0, 3], told.Select(one => one.First));
        Assert.Equal([1, 2, 2, 3], told.Select(one => one.Seen.Count));
        Assert.Equal([3], _log.Store.Appends.Select(append => append.Entries.Count));
        Assert.Equal([1L, 2, 3], _log.Disk.Values);
    }

    [Fact]
    public async Task More_of_them_than_an_append_may_hold_go_in_several_and_all_are_waited_for()
    {
        _log.Options.BatchEventsMax = 10;
        var machine = _log.Activate();

        var calls = _log.WriteEach(machine, [.. Enumerable.Range(0, 25).Select(value => (long)value)]);
        _log.LetGo();
        _log.LetGo();
        Assert.False(calls.IsCompleted);
        _log.LetGo();

        Assert.Equal(25, (await calls.Settled()).Length);
        Assert.Equal([10, 10, 5], _log.Store.Appends.Select(append => append.Entries.Count));
    }

    [Fact]
    public async Task Where_none_writes_anything_they_wait_for_one_check_of_the_fence()
    {
        var machine = _log.Activate();
        _ = _log.Write(machine, 1);
        _log.LetAllGo();

        var calls = _log.WriteEach(machine, 1, 1, 1);
        Assert.False(calls.IsCompleted);
        _log.LetAllGo();

        Assert.Equal([0L, 0, 0], (await calls.Settled()).Select(one => one.First));
        Assert.Equal([1, 0], _log.Store.Appends.Select(append => append.Entries.Count));
    }

    [Fact]
    public async Task None_of_them_is_done_when_there_are_none()
    {
        var machine = _log.Activate();

        Assert.Empty(await _log.WriteEach(machine).Settled());
        Assert.Empty(_log.Store.Appends);
    }

    [Fact]
    public async Task A_stale_activation_acknowledges_none_of_them()
    {
        var stale = _log.Activate();
        _log.Activate();

        var calls = _log.WriteEach(stale, 1, 2);
        _log.LetAllGo();

        await Assert.ThrowsAsync<LogFencedException>(() => calls.Settled());
        Assert.Empty(_log.Disk.Values);
    }

    [Fact]
    public async Task Those_before_one_that_is_turned_away_are_written_and_later_calls_go_on()
    {
        _log.Options.QueueEventsMax = 3;
        var machine = _log.Activate();

        await Assert.ThrowsAsync<LogOverloadedException>(() => _log.WriteEach(machine, 1, 2, 3, 4).Settled());
        _log.LetAllGo();
        var later = _log.WriteEach(machine, 4);
        _log.LetAllGo();

        Assert.Equal([4L], (await later.Settled()).Select(one => one.First));
        Assert.Equal([1L, 2, 3, 4], _log.Disk.Values);
    }

    [Fact]
    public async Task Those_before_one_that_fails_to_decide_are_written()
    {
        var machine = _log.Activate();

        await Assert.ThrowsAsync<InvalidOperationException>(() => _log.Do(async () =>
        {
            await machine.ExecuteAllAsync<long>([1, -1], static (value, _, _) => value > 0 ? Decision<Note>.Of(new Note(value)) : throw new InvalidOperationException("by itself"), static (_, _) => { });
            return true;
        }).Settled());
        _log.LetAllGo();

        Assert.Equal([1L], _log.Disk.Values);
    }

    [Fact]
    public async Task Different_calls_gathered_share_an_append_and_nothing_is_written_before_the_last_has_started()
    {
        var machine = _log.Activate();

        var calls = _log.Do(async () =>
        {
            var (first, second) = machine.Gather(() =>
            {
                var write = machine.ExecuteAsync(static (_, _) => Decision<Note>.Of(new Note(1)));
                Assert.Equal(0, _log.Store.Held);
                return (write, machine.ReadAsync((state, _) => state, Settle.CheckFence));
            });
            Assert.Null(await first);
            return await second;
        });
        Assert.Equal(1, _log.Store.Held);
        _log.LetAllGo();

        Assert.Equal([1L], await calls.Settled());
        Assert.Equal([1], _log.Store.Appends.Select(append => append.Entries.Count));
    }

    [Fact]
    public async Task What_is_gathered_while_an_append_is_under_way_goes_after_it()
    {
        var machine = _log.Activate();
        _ = _log.Write(machine, 1);

        var calls = _log.WriteEach(machine, 2, 3);
        Assert.Equal(1, _log.Store.Held);
        _log.LetAllGo();

        Assert.Equal([2L, 3], (await calls.Settled()).Select(one => one.First));
        Assert.Equal([1, 2], _log.Store.Appends.Select(append => append.Entries.Count));
    }
}
