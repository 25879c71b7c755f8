using Broker.Domain;
using Broker.Grains.Logs;

namespace Broker.Grains.Tests.Logs;

public sealed class RequestIdTests
{
    private static readonly RequestKey Request = new("request-1", new byte[] { 1, 2, 3 });

    private readonly LogUnderTest _log = new();

    [Theory]
    [InlineData(1)]
    [InlineData(10_000)]
    public async Task A_repeat_is_answered_as_it_was_now_and_after_a_reload_and_carried_out_once(int snapshotEvery)
    {
        _log.Options.SnapshotEveryEntries = snapshotEvery;
        var machine = _log.Activate();
        _ = _log.Write(machine, 1);
        var first = _log.Write(machine, Request, 2, 3, 4);
        var queued = _log.Write(machine, Request, 2, 3, 4);
        _ = _log.Write(machine, 5);
        _log.LetAllGo();
        Assert.Equal((2, 4, false), PlaceOf(await first.Settled()));
        Assert.Equal((2, 4, true), PlaceOf(await queued.Settled()));

        foreach (var activate in new[] { () => machine, _log.Activate })
        {
            var repeat = _log.Write(activate(), Request, 2, 3, 4);
            _log.LetAllGo();
            Assert.Equal((2, 4, true), PlaceOf(await repeat.Settled()));
        }

        Assert.Equal([1L, 2, 3, 4, 5], _log.Disk.Values);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_same_id_with_another_body_is_refused(bool reloaded)
    {
        var machine = _log.Activate();
        _ = _log.Write(machine, Request, 1);
        _log.LetAllGo();
        if (reloaded) machine = _log.Activate();

        var told = await _log.Write(machine, Request with { Digest = new byte[] { 1, 2 } }, 2).Settled();

        Assert.Equal((RefusalReason.RequestIdReused, "request_id"), (told.Refusal!.Reason, told.Refusal.Field));
        Assert.Equal([1L], _log.Disk.Values);
    }

    [Fact]
    public async Task A_reused_id_is_refused_only_when_its_first_use_is_on_disk()
    {
        var machine = _log.Activate();
        _ = _log.Write(machine, Request, 1);

        var reused = _log.Write(machine, Request with { Digest = new byte[] { 9 } }, 2);

        Assert.False(reused.IsCompleted);
        _log.Fail(new LogUnavailableException("gone", outcomeUnknown: false));
        await Assert.ThrowsAsync<LogUnavailableException>(() => reused.Settled());
    }

    [Fact]
    public async Task What_was_refused_or_came_to_nothing_may_be_tried_again_under_its_id()
    {
        var machine = _log.Activate();
        Assert.NotNull((await _log.Decide(machine, (_, _) => Decision<Note>.Refuse(RefusalReason.NotFound, "Not yet."), Request).Settled()).Refusal);
        _ = _log.Decide(machine, (_, _) => Decision<Note>.Nothing, Request);
        _log.LetAllGo();

        var told = _log.Write(machine, Request, 1);
        _log.LetAllGo();

        Assert.Equal((1, 1, false), PlaceOf(await told.Settled()));
    }

    [Fact]
    public async Task The_newest_ids_are_kept_and_the_oldest_forgotten_before_and_after_a_reload()
    {
        _log.Options.RequestIdsKept = 2;
        var machine = _log.Activate();
        for (byte id = 1; id <= 3; id++) _ = _log.Write(machine, IdOf(id), id);
        _log.LetAllGo();

        foreach (var activation in new[] { () => machine, _log.Activate })
        {
            var current = activation();
            var (second, third) = (_log.Write(current, IdOf(2), 2), _log.Write(current, IdOf(3), 3));
            _log.LetAllGo();
            Assert.True((await second.Settled()).IsRepeat && (await third.Settled()).IsRepeat);
        }

        var forgotten = _log.Write(_log.Activate(), IdOf(1), 1);
        _log.LetAllGo();
        Assert.Equal((4, 4, false), PlaceOf(await forgotten.Settled()));
    }

    [Fact]
    public void Only_a_commands_first_entry_carries_its_id()
    {
        var machine = _log.Activate();
        _ = _log.Write(machine, Request, 1, 2);
        _log.LetAllGo();

        var envelopes = _log.Disk.Entries.Select(entry => Protos.Log.V1.LogEnvelope.Parser.ParseFrom(entry.Payload.Span)).ToArray();

        Assert.Equal(("request-1", "", 2, 0), (envelopes[0].RequestId, envelopes[1].RequestId, envelopes[0].RequestEvents, envelopes[1].RequestEvents));
    }

    private static RequestKey IdOf(byte id) => new($"request-{id}", new[] { id });

    private static (long First, long Last, bool IsRepeat) PlaceOf(Told told) => (told.First, told.Last, told.IsRepeat);
}
