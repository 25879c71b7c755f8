using System.Collections.Immutable;
using Broker.Grains.Logs;
using Broker.Protos.Log.V1;
using Google.Protobuf;

namespace Broker.Grains.Tests.Logs;

public sealed class SnapshotTests
{
    private readonly LogUnderTest _log = new();
    private readonly Shelf _shelf = new();

    public SnapshotTests()
    {
        _log.Snapshots = _shelf;
        _log.Options.SnapshotEveryEntries = 2;
    }

    [Fact]
    public void A_snapshot_is_published_when_its_last_event_is_durable_and_not_before()
    {
        var machine = _log.Activate();
        _ = _log.Write(machine, 1);
        _ = _log.Write(machine, 2);
        _log.LetGo();
        Assert.Empty(_shelf.Published);

        _log.LetAllGo();

        Assert.Equal(2, Assert.Single(_shelf.Published).Position);
    }

    [Fact]
    public void One_is_published_for_every_so_many_entries_and_no_command_is_cut()
    {
        var machine = _log.Activate();

        for (var value = 0; value < 5; value++)
        {
            _ = _log.Write(machine, value, value, value);
            _log.LetAllGo();
        }

        Assert.Equal([3L, 6, 9, 12, 15], _shelf.Published.Select(snapshot => snapshot.Position));
    }

    [Fact]
    public void A_replay_starts_at_the_snapshot()
    {
        Written(1, 2, 3);
        _ = Written(4);
        _log.Store.Read = [new LogEntry(1, 1, default, default, default), new LogEntry(2, 1, default, default, default), .. _log.Disk.Entries.Skip(2)];

        Assert.Equal([1L, 2, 3, 4], _log.Activate().State);
    }

    [Fact]
    public void A_snapshot_of_another_past_is_ignored_its_time_too()
    {
        Written(1, 2);
        var (real, future) = (_shelf.Published[0], _log.Disk.Clock.AddYears(50));
        var foreign = LogSnapshot.Parser.ParseFrom(real.Bytes.Span);
        foreign.Hash = ByteString.CopyFrom(new byte[LogLimits.HashBytes]);
        foreign.State = ByteString.CopyFrom(BitConverter.GetBytes(99L));
        foreign.DecidedAtMicros = LogChain.ToUnixMicroseconds(future);
        _shelf.Published.Clear();
        _shelf.Published.Add(new(2, new byte[LogLimits.HashBytes], foreign.ToByteArray()));

        var machine = _log.Activate();

        Assert.Equal([1L, 2], machine.State);
        Assert.True(machine.Now() < future, "The log's clock ran ahead by what was ignored.");
    }

    [Fact]
    public void A_snapshot_beyond_the_logs_end_is_ignored()
    {
        Written(1, 2);
        var beyond = LogSnapshot.Parser.ParseFrom(_shelf.Published[0].Bytes.Span);
        beyond.Position = 9;
        _shelf.Published.Add(new(9, _shelf.Published[0].Hash, beyond.ToByteArray()));

        Assert.Equal([1L, 2], _log.Activate().State);
    }

    [Fact]
    public void A_snapshot_whose_name_and_content_differ_or_that_cannot_be_read_is_ignored()
    {
        Written(1, 2);
        var real = _shelf.Published[0];

        foreach (var bad in new PublishedSnapshot[] { real with { Position = 1 }, real with { Hash = new byte[LogLimits.HashBytes] }, real with { Bytes = new byte[] { 0xff } } })
        {
            _shelf.Published.Clear();
            _shelf.Published.Add(bad);
            Assert.Equal([1L, 2], _log.Activate().State);
        }
    }

    [Fact]
    public void A_snapshot_of_another_version_of_the_state_is_ignored()
    {
        Written(1, 2);
        _log.Definition = With(new Codec(Freeze: static state => static () => default, Decode: static (_, _) => throw new InvalidDataException("of tomorrow")));

        Assert.Equal([1L, 2], _log.Activate().State);
    }

    [Fact]
    public void Snapshots_that_cannot_be_loaded_cost_a_whole_replay_and_no_more()
    {
        Written(1, 2);
        _shelf.IsBroken = true;

        Assert.Equal([1L, 2], _log.Activate().State);
    }

    [Fact]
    public async Task A_snapshot_that_cannot_be_published_is_tried_again_in_its_turn()
    {
        _shelf.IsBroken = true;
        var machine = Written(1, 2);
        await machine.SnapshotPublished.Settled();
        _shelf.IsBroken = false;

        _ = _log.Write(machine, 3);
        _log.LetAllGo();
        Assert.Empty(_shelf.Published);
        _ = _log.Write(machine, 4);
        _log.LetAllGo();

        Assert.Equal(4, Assert.Single(_shelf.Published).Position);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_state_that_cannot_be_frozen_or_encoded_costs_its_snapshot_and_no_event(bool isFrozen)
    {
        Func<ReadOnlyMemory<byte>> tooMuch = static () => throw new InvalidOperationException("too much");
        _log.Definition = With(new Codec(Freeze: _ => isFrozen ? tooMuch : throw new InvalidOperationException("too much"), Decode: static (_, _) => []));
        var machine = _log.Activate();

        var call = _log.Write(machine, 1, 2);
        _log.LetAllGo();

        Assert.Equal(2, (await call.Settled()).Last);
        Assert.Equal([1L, 2], _log.Disk.Values);
        Assert.Empty(_shelf.Published);
    }

    [Fact]
    public void A_snapshot_holds_the_state_of_its_position_whatever_came_after_it()
    {
        var encodings = new Queue<TaskCompletionSource>();
        _log.OffTurn = async work =>
        {
            var turn = new TaskCompletionSource();
            encodings.Enqueue(turn);
            await turn.Task;
            return work();
        };
        var machine = _log.Activate();
        _ = _log.Write(machine, new RequestKey("early", new byte[] { 1 }), 1, 2);
        _log.LetAllGo();
        _ = _log.Write(machine, new RequestKey("late", new byte[] { 2 }), 3);
        _log.LetAllGo();
        Assert.Empty(_shelf.Published);

        encodings.Dequeue().SetResult();
        _log.Turns.Pump();

        var snapshot = LogSnapshot.Parser.ParseFrom(Assert.Single(_shelf.Published).Bytes.Span);
        Assert.Equal((2, 2 * sizeof(long)), (snapshot.Position, snapshot.State.Length));
        Assert.Equal("early", Assert.Single(snapshot.Requests).RequestId);
    }

    [Fact]
    public void In_a_long_log_each_covers_an_eighth_more_than_the_one_before()
    {
        var machine = _log.Activate();

        for (var value = 0; value < 100; value++)
        {
            _ = _log.Write(machine, value);
            _log.LetAllGo();
        }

        Assert.Equal(
            [2L, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 27, 30, 33, 37, 41, 46, 51, 57, 64, 72, 81, 91],
            _shelf.Published.Select(snapshot => snapshot.Position));
    }

    [Fact]
    public void A_snapshot_remembers_request_ids_oldest_first()
    {
        var machine = _log.Activate();
        foreach (var id in new byte[] { 2, 1, 3, 4 })
        {
            _ = _log.Write(machine, new RequestKey($"request-{id}", new[] { id }), id);
            _log.LetAllGo();
        }

        Assert.Equal(
            ["request-2", "request-1", "request-3", "request-4"],
            LogSnapshot.Parser.ParseFrom(_shelf.Published[^1].Bytes.Span).Requests.Select(request => request.RequestId));
    }

    private static LogDefinition<ImmutableList<long>, Note> With(ISnapshotCodec<ImmutableList<long>> codec) =>
        new() { Codec = Note.Log.Codec, Initial = Note.Log.Initial, Apply = Note.Log.Apply, SnapshotCodec = codec };

    private LogMachine<ImmutableList<long>, Note> Written(params long[] values)
    {
        var machine = _log.Activate();
        _ = _log.Write(machine, values);
        _log.LetAllGo();
        return machine;
    }

    private sealed record Codec(
        Func<ImmutableList<long>, Func<ReadOnlyMemory<byte>>> Freeze, Func<ReadOnlyMemory<byte>, long, ImmutableList<long>> Decode)
        : ISnapshotCodec<ImmutableList<long>>
    {
        Func<ReadOnlyMemory<byte>> ISnapshotCodec<ImmutableList<long>>.Freeze(ImmutableList<long> state) => Freeze(state);

        ImmutableList<long> ISnapshotCodec<ImmutableList<long>>.Decode(ReadOnlyMemory<byte> bytes, long position) => Decode(bytes, position);
    }

    private sealed class Shelf : ISnapshotStore
    {
        public List<PublishedSnapshot> Published { get; } = [];

        public bool IsBroken { get; set; }

        public Task PublishAsync(LogName log, long position, ReadOnlyMemory<byte> hash, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
        {
            if (IsBroken) throw new IOException("The shelf is broken.");
            Published.Add(new(position, hash, bytes));
            return Task.CompletedTask;
        }

        public Task<PublishedSnapshot?> LatestAsync(LogName log, CancellationToken cancellationToken) =>
            IsBroken ? throw new IOException("The shelf is broken.") : Task.FromResult(Published.LastOrDefault());
    }
}
