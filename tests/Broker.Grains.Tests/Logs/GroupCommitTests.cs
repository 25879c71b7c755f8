using Broker.Domain;
using Broker.Grains.Logs;

namespace Broker.Grains.Tests.Logs;

public sealed class GroupCommitTests
{
    private readonly LogUnderTest _log = new();

    [Fact]
    public async Task Parallel_calls_share_appends()
    {
        var machine = _log.Activate();

        var calls = Enumerable.Range(0, 300).Select(value => _log.Write(machine, value)).ToArray();
        _log.LetAllGo();

        Assert.Equal([1, 299], _log.Store.Appends.Select(append => append.Entries.Count));
        Assert.Equal(Enumerable.Range(1, 300).Select(position => (long)position), (await Task.WhenAll(calls).Settled()).Select(told => told.First));
        Assert.Equal(Enumerable.Range(0, 300).Select(value => (long)value), _log.Disk.Values);
    }

    [Fact]
    public void An_append_holds_no_more_events_than_it_may_and_no_command_is_split()
    {
        _log.Options.BatchEventsMax = 10;
        var machine = _log.Activate();

        _ = _log.Write(machine, 0);
        for (var value = 1; value <= 14; value++) _ = _log.Write(machine, value);
        _ = _log.Write(machine, [.. Enumerable.Range(100, 25)]);
        _ = _log.Write(machine, 15);
        _log.LetAllGo();

        Assert.Equal([1, 10, 4, 25, 1], _log.Store.Appends.Select(append => append.Entries.Count));
    }

    [Fact]
    public void An_append_holds_no_more_bytes_than_it_may()
    {
        _log.Options.BatchBytesMax = 1024;
        var machine = _log.Activate();

        foreach (var padding in new[] { 0, 300, 300, 300, 300, 5000, 300 })
            _ = _log.Decide(machine, (_, _) => Decision<Note>.Of(new Note(1, padding)));
        _log.LetAllGo();

        Assert.Equal([1, 3, 1, 1, 1], _log.Store.Appends.Select(append => append.Entries.Count));
    }

    [Fact]
    public void One_append_is_under_way_at_a_time()
    {
        var machine = _log.Activate();

        for (var value = 0; value < 5; value++)
        {
            _ = _log.Write(machine, value);
            _ = _log.DoNothing(machine);
            Assert.Equal(1, _log.Store.Held);
        }
    }

    [Fact]
    public async Task Nothing_is_answered_before_what_it_saw_is_on_disk()
    {
        var machine = _log.Activate();
        var first = _log.Write(machine, 1);
        var second = _log.Write(machine, 2);
        var later = new Task[] { second, _log.DoNothing(machine), _log.Refuse(machine), _log.Read(machine), _log.Read(machine, Settle.CheckFence) };

        _log.LetGo();
        Assert.Equal(1, (await first.Settled()).Last);
        Assert.DoesNotContain(later, task => task.IsCompleted);

        _log.LetAllGo();
        Assert.All(later, task => Assert.True(task.IsCompletedSuccessfully));
    }

    [Fact]
    public void What_acknowledges_waits_for_a_check_of_its_own_though_all_is_on_disk()
    {
        var machine = _log.Activate();
        _ = _log.Write(machine, 1);
        _log.LetAllGo();

        var checks = new Task[] { _log.DoNothing(machine), _log.Read(machine, Settle.CheckFence), _log.Refuse(machine, Settle.CheckFence) };
        Assert.True(_log.Read(machine).IsCompletedSuccessfully);
        Assert.True(_log.Refuse(machine).IsCompletedSuccessfully);
        Assert.DoesNotContain(checks, task => task.IsCompleted);

        _log.LetAllGo();
        Assert.All(checks, task => Assert.True(task.IsCompletedSuccessfully));
        Assert.Equal([1, 0, 0], _log.Store.Appends.Select(append => append.Entries.Count));
    }

    [Fact]
    public async Task A_stale_activation_acknowledges_nothing_not_even_a_repeat()
    {
        var request = new RequestKey("request-1", new byte[] { 1 });
        var stale = _log.Activate();
        _ = _log.Write(stale, request, 1);
        _log.LetAllGo();
        _log.Activate();

        var calls = new Task[]
        {
            _log.DoNothing(stale), _log.Write(stale, request, 1), _log.Read(stale, Settle.CheckFence), _log.Refuse(stale, Settle.CheckFence), _log.Write(stale, 2),
        };
        _log.LetAllGo();

        foreach (var call in calls) await Assert.ThrowsAsync<LogFencedException>(() => call.Settled());
        Assert.Equal([1L], _log.Disk.Values);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task After_a_failed_append_the_activation_neither_writes_nor_answers(bool outcomeUnknown)
    {
        var machine = _log.Activate();
        var failures = new List<Exception>();
        machine.Failed = failures.Add;
        var inFlight = _log.Write(machine, 1);
        var queued = _log.Write(machine, 2);

        _log.Fail(new LogUnavailableException("The disk is full.", outcomeUnknown));
        var later = new Task[] { _log.Write(machine, 3), _log.DoNothing(machine), _log.Refuse(machine), _log.Read(machine), _log.Do(async () => { await machine.CheckFenceAsync(); return 0; }) };

        foreach (var call in later.Prepend(queued).Prepend(inFlight))
            Assert.Equal(outcomeUnknown, (await Assert.ThrowsAsync<LogUnavailableException>(() => call.Settled())).OutcomeUnknown);
        Assert.Single(failures);
        Assert.Single(_log.Store.Appends);
    }

    [Fact]
    public async Task A_failure_that_nobody_foresaw_is_an_unknown_outcome()
    {
        var machine = _log.Activate();
        var call = _log.Write(machine, 1);

        _log.Fail(new InvalidOperationException("by itself"));

        Assert.True((await Assert.ThrowsAsync<LogUnavailableException>(() => call.Settled())).OutcomeUnknown);
    }

    [Fact]
    public async Task Events_beyond_the_queues_limit_are_turned_away_undecided_until_there_is_room()
    {
        _log.Options.QueueEventsMax = 5;
        var machine = _log.Activate();
        for (var value = 0; value < 5; value++) _ = _log.Write(machine, value);

        var decided = false;
        await Assert.ThrowsAsync<LogOverloadedException>(() => _log.Decide(machine, (_, _) =>
        {
            decided = true;
            return Decision<Note>.Nothing;
        }).Settled());

        Assert.False(decided);
        _log.LetAllGo();
        _ = _log.Write(machine, 5);
        _log.LetAllGo();
        Assert.Equal([0L, 1, 2, 3, 4, 5], _log.Disk.Values);
    }

    [Fact]
    public async Task Bytes_beyond_the_queues_limit_are_turned_away()
    {
        _log.Options.QueueBytesMax = 1 << 20;
        var machine = _log.Activate();
        _ = _log.Decide(machine, (_, _) => Decision<Note>.Of(new Note(1, 1 << 20)));

        await Assert.ThrowsAsync<LogOverloadedException>(() => _log.Write(machine, 2).Settled());

        _log.LetAllGo();
        _ = _log.Write(machine, 2);
        Assert.Equal(1, _log.Store.Held);
    }

    [Fact]
    public async Task Answers_without_events_beyond_the_queues_limit_are_turned_away_reads_included()
    {
        _log.Options.QueueChecksMax = 3;
        var machine = _log.Activate();
        for (var i = 0; i < 3; i++) _ = _log.DoNothing(machine);

        await Assert.ThrowsAsync<LogOverloadedException>(() => _log.DoNothing(machine).Settled());
        await Assert.ThrowsAsync<LogOverloadedException>(() => _log.Read(machine, Settle.CheckFence).Settled());

        Assert.Empty(await _log.Read(machine).Settled());
        _log.LetAllGo();
        var admitted = _log.Read(machine, Settle.CheckFence);
        _log.LetAllGo();
        Assert.True(admitted.IsCompletedSuccessfully);
    }

    [Fact]
    public void Callers_learn_after_those_who_watch_for_what_became_durable()
    {
        var machine = _log.Activate();
        var call = _log.Write(machine, 1, 2);
        var seen = new List<(long Position, bool Answered)>();
        machine.Durable = events => seen.AddRange(events.Select(logged => (logged.Position, call.IsCompleted)));

        _ = _log.DoNothing(machine);
        _log.LetAllGo();

        Assert.Equal([(1, false), (2, false)], seen);
        Assert.True(call.IsCompletedSuccessfully);
    }

    [Fact]
    public void A_lease_may_run_from_the_start_of_the_last_append_that_was_accepted()
    {
        var machine = _log.Activate();
        Assert.Equal(_log.Time.GetTimestamp(), machine.LastAcceptedAppendStart);

        _log.Time.Advance(TimeSpan.FromSeconds(1));
        var started = _log.Time.GetTimestamp();
        _ = _log.DoNothing(machine);
        _log.Time.Advance(TimeSpan.FromSeconds(5));
        Assert.True(machine.LastAcceptedAppendStart < started);
        _log.LetAllGo();
        Assert.Equal(started, machine.LastAcceptedAppendStart);

        _log.Activate();
        _log.Time.Advance(TimeSpan.FromSeconds(1));
        _ = _log.DoNothing(machine);
        _log.LetAllGo();
        Assert.Equal(started, machine.LastAcceptedAppendStart); // refused: it held the log no more
    }
}
