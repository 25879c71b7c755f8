using System.Collections.Immutable;
using Broker.Domain;
using Broker.Grains.Logs;

namespace Broker.Grains.Tests.Logs;

public sealed class LogReplayTests
{
    private readonly LogUnderTest _log = new();

    [Fact]
    public void An_activation_starts_where_the_last_one_ended()
    {
        Written(1, 2, 3);

        var machine = _log.Activate();

        Assert.Equal([1L, 2, 3], machine.State);
        Assert.Equal((3, 3, 2), (machine.LastPosition, machine.DurablePosition, machine.Fence));
    }

    [Fact]
    public void An_activation_that_was_overtaken_while_it_replayed_is_fenced_and_calls_nothing_corrupt()
    {
        Written(1);
        var slow = _log.Machine();
        _ = _log.Do(async () => { await slow.TakeOverAsync(CancellationToken.None); return 0; });
        Written(2);

        Assert.Throws<LogFencedException>(() => _log.Do(async () => { await slow.ReplayAsync(CancellationToken.None); return 0; }).GetAwaiter().GetResult());
    }

    [Fact]
    public void A_log_that_ends_before_its_head_is_corrupt()
    {
        Written(1, 2, 3);
        _log.Store.Read = [.. _log.Disk.Entries.Take(2)];

        Assert.Equal(3, Assert.Throws<LogCorruptException>(_log.Activate).Position);
    }

    [Fact]
    public void A_log_that_goes_on_behind_its_head_under_no_later_fence_is_corrupt()
    {
        Written(1, 2);
        var more = LogChain.Next(_log.Disk.Entries[1].Hash.Span, 3, 1, _log.Disk.Clock, _log.Disk.Entries[1].Payload);
        _log.Store.Read = [.. _log.Disk.Entries, more];

        Assert.Throws<LogCorruptException>(_log.Activate);
    }

    [Fact]
    public void A_log_with_a_gap_is_corrupt()
    {
        Written(1, 2, 3);
        _log.Store.Read = [_log.Disk.Entries[0], _log.Disk.Entries[2]];

        Assert.Equal(2, Assert.Throws<LogCorruptException>(_log.Activate).Position);
    }

    [Fact]
    public void A_log_whose_last_hash_is_not_the_heads_is_corrupt()
    {
        Written(1, 2);
        _log.Store.Read = [_log.Disk.Entries[0], _log.Disk.Entries[1] with { Hash = new byte[LogLimits.HashBytes] }];

        Assert.Throws<LogCorruptException>(_log.Activate);
    }

    [Fact]
    public void An_entry_that_is_no_envelope_is_corrupt()
    {
        Written(1, 2);
        _log.Store.Read = [_log.Disk.Entries[0], _log.Disk.Entries[1] with { Payload = new byte[] { 0xff } }];

        Assert.Equal(2, Assert.Throws<LogCorruptException>(_log.Activate).Position);
    }

    [Fact]
    public async Task An_event_that_cannot_be_written_changes_nothing_and_the_activation_goes_on()
    {
        var machine = _log.Activate();

        await Assert.ThrowsAsync<ArgumentException>(() => _log.Decide(
            machine, (_, _) => Decision<Note>.Of(new Note(1), new Note(2, LogLimits.EntryBytesMax)), new RequestKey("request-1", new byte[] { 1 })).Settled());

        Assert.Empty(machine.State);
        Assert.Empty(_log.Store.Appends);
        var next = _log.Write(machine, new RequestKey("request-1", new byte[] { 1 }), 3);
        _log.LetAllGo();
        Assert.Equal((1, false), ((await next.Settled()).First, (await next.Settled()).IsRepeat));
    }

    [Fact]
    public async Task An_event_that_cannot_be_applied_ends_the_activation_and_is_not_written()
    {
        _log.Definition = new LogDefinition<ImmutableList<long>, Note>
        {
            Codec = Note.Log.Codec,
            Initial = Note.Log.Initial,
            Apply = static (state, logged) => logged.Event.Value < 0 ? throw new InvalidOperationException("a bug") : state.Add(logged.Event.Value),
        };
        var machine = _log.Activate();
        var inFlight = _log.Write(machine, 1);

        await Assert.ThrowsAsync<InvalidOperationException>(() => _log.Write(machine, 2, -1).Settled());

        await Assert.ThrowsAsync<LogUnavailableException>(() => _log.Read(machine).Settled());
        _log.LetAllGo();
        await Assert.ThrowsAsync<LogUnavailableException>(() => inFlight.Settled());
        Assert.Equal([1L], _log.Disk.Values);
    }

    [Fact]
    public void Nothing_is_decided_before_the_log_was_taken_over_and_replayed()
    {
        var machine = _log.Machine();

        Assert.Throws<InvalidOperationException>(() => machine.Fence);
        Assert.Throws<InvalidOperationException>(() => _log.Write(machine, 1).GetAwaiter().GetResult());
        Assert.Throws<InvalidOperationException>(() => _log.Read(machine).GetAwaiter().GetResult());
    }

    [Fact]
    public void Entries_are_decided_by_the_stores_clock_carried_on_and_never_backwards()
    {
        var machine = _log.Activate();
        var start = _log.Disk.Clock;
        _log.Time.Advance(TimeSpan.FromTicks(12_345_678));
        _ = _log.Write(machine, 1);
        _log.LetAllGo(); // anchors anew: the store's clock stood still
        _ = _log.Write(machine, 2);
        _log.Disk.Clock = start.AddHours(1);
        _log.LetAllGo();
        _ = _log.Write(machine, 3);
        _log.Disk.Clock = start.AddHours(-1);
        _log.LetAllGo();
        _ = _log.Write(machine, 4);
        _log.LetAllGo();
        _ = _log.Write(_log.Activate(), 5);
        _log.LetAllGo();

        var first = start.AddTicks(12_345_670);
        Assert.Equal([first, first, start.AddHours(1), start.AddHours(1), start.AddHours(1)], _log.Disk.Entries.Select(entry => entry.DecidedAt));
    }

    [Fact]
    public void The_hash_of_an_entry_does_not_change()
    {
        var entry = LogChain.Next(LogChain.Origin.Span, 1, 7, new DateTimeOffset(2026, 3, 1, 12, 0, 0, TimeSpan.Zero).AddTicks(19), "an event"u8.ToArray());

        Assert.Equal("81f04be271cabd983cdd4b9569238ebf06f5b8dec1d2ee89d659ba68819f70e1", Convert.ToHexStringLower(entry.Hash.Span));
    }

    [Theory]
    [InlineData(-62_135_596_800_000_001)]
    [InlineData(253_402_300_800_000_000)]
    [InlineData(long.MinValue)]
    [InlineData(long.MaxValue)]
    public void A_time_that_no_calendar_holds_is_refused(long microseconds) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => LogChain.FromUnixMicroseconds(microseconds));

    [Theory]
    [InlineData(-62_135_596_800_000_000)]
    [InlineData(-1)]
    [InlineData(1_772_366_400_000_001)]
    [InlineData(253_402_300_799_999_999)]
    public void A_time_in_microseconds_comes_back(long microseconds) =>
        Assert.Equal(microseconds, LogChain.ToUnixMicroseconds(LogChain.FromUnixMicroseconds(microseconds)));

    private void Written(params long[] values)
    {
        _ = _log.Write(_log.Activate(), values);
        _log.LetAllGo();
    }
}
