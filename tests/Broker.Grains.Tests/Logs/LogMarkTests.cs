using System.Collections.Immutable;
using Broker.Domain;
using Broker.Domain.Restores;
using Broker.Grains.Logs;

namespace Broker.Grains.Tests.Logs;

/// <summary>High-water marks: left seldom and off the appends' path, and a log that does not hold its mark is held.</summary>
public sealed class LogMarkTests
{
    private readonly MemoryMarks _marks = new();
    private readonly LogUnderTest _log;

    public LogMarkTests() => _log = new LogUnderTest
    {
        Marks = _marks,
        Definition = new()
        {
            Codec = Note.Log.Codec,
            Initial = static () => [],
            Apply = static (values, logged) => values.Add(logged.Event.Value),
            SnapshotCodec = Note.Log.SnapshotCodec,
        },
    };

    [Fact]
    public void A_mark_says_how_far_the_log_was_durable_under_which_fence_and_where()
    {
        _log.Disk.Store = "7/00000001";
        var machine = _log.Activate();
        Assert.Null(_marks.Mark);

        Write(machine, 1, 2);

        Assert.Null(machine.Hold);
        Assert.Equal((2, 1, "7/00000001"), (_marks.Mark!.Position, _marks.Mark.Fence, _marks.Mark.Store));
        Assert.Equal(_log.Disk.Entries[1].Hash.ToArray(), _marks.Mark.Hash.ToArray());
    }

    [Fact]
    public void Marks_are_left_at_most_once_a_period_and_the_newest_goes()
    {
        var machine = _log.Activate();
        Write(machine, 1);
        Write(machine, 2);
        Write(machine, 3);
        Assert.Equal([1], _marks.Raises);

        Pass(_log.Options.MarkEvery - TimeSpan.FromTicks(1));
        Assert.Equal([1], _marks.Raises);
        Pass(TimeSpan.FromTicks(1));
        Assert.Equal([1, 3], _marks.Raises);
        Pass(_log.Options.MarkEvery * 10);
        Assert.Equal([1, 3], _marks.Raises);

        Write(machine, 4);
        Assert.Equal([1, 3, 4], _marks.Raises);
    }

    [Fact]
    public void An_object_store_that_hangs_or_fails_holds_up_no_append_and_the_mark_is_left_later()
    {
        var hanging = new TaskCompletionSource();
        _marks.Slow = hanging.Task;
        var machine = _log.Activate();
        Write(machine, 1);
        Write(machine, 2);
        Assert.Empty(_marks.Raises);

        hanging.SetException(new IOException("gone"));
        _log.Turns.Pump();
        _marks.Slow = Task.CompletedTask;
        Pass(_log.Options.MarkEvery);

        Assert.Null(machine.Hold);
        Assert.Equal(2, _marks.Mark!.Position);
    }

    [Fact]
    public void A_take_over_leaves_a_mark_and_so_does_an_orderly_stop()
    {
        Write(_log.Activate(), 1);
        _marks.Mark = null;
        var second = _log.Activate();
        Assert.Equal((1, 2), (_marks.Mark!.Position, _marks.Mark.Fence));

        Write(second, 2);
        Stop(second);
        Assert.Equal(2, _marks.Mark.Position);
        Write(second, 3);
        Pass(_log.Options.MarkEvery * 3);
        Assert.Equal(2, _marks.Mark.Position);
    }

    [Fact]
    public void An_older_backup_is_held_takes_commands_all_the_same_and_keeps_its_mark()
    {
        Write(_log.Activate(), 1, 2, 3);
        _log.Disk.RestoreTo(2);

        var machine = _log.Activate();

        Assert.Equal(RefusalReason.RestoreUnreconciled, machine.Hold!.Reason);
        Assert.Equal((RestoreGapKind.Behind, 3, 2), (machine.Gap!.Kind, machine.Gap.Expected.Position, machine.Gap.Found.Position));
        Write(machine, 30, 40, 50);
        Pass(_log.Options.MarkEvery * 3);
        Stop(machine);
        Assert.Equal(3, _marks.Mark!.Position);
        Assert.Equal(RestoreGapKind.OtherHistory, _log.Activate().Gap!.Kind); // it has outgrown its mark, and still is another
    }

    [Fact]
    public void A_store_that_was_restored_or_failed_over_holds_every_log_that_lies_in_it()
    {
        _log.Disk.Store = "7/00000001";
        Write(_log.Activate(), 1);
        _log.Disk.Store = "7/00000002";

        Assert.Equal(RestoreGapKind.OtherStore, _log.Activate().Gap!.Kind);
    }

    [Fact]
    public void An_activation_does_not_outlive_a_failover_of_its_store_and_the_next_one_is_held()
    {
        _log.Disk.Store = "7/00000001";
        var idle = _log.Activate();
        Write(idle, 1);
        _log.Disk.Store = "7/00000002";

        // What an operator asks checks the fence: nobody is told that nothing is amiss.
        Assert.Throws<LogFencedException>(() => Reconcile(idle));
        Assert.Throws<LogFencedException>(() => Write(idle, 2));
        Assert.Single(_log.Disk.Entries);
        Assert.Equal(1, _marks.Mark!.Position);
        Assert.Equal("7/00000001", _marks.Mark.Store);
        Assert.Equal(RestoreGapKind.OtherStore, _log.Activate().Gap!.Kind);
    }

    [Fact]
    public void An_activation_whose_fence_and_position_a_backup_restores_writes_nothing_all_the_same()
    {
        var paused = _log.Activate();
        Write(paused, 1);
        Write(_log.Activate(), 2); // taken over: this withdrawal was acknowledged
        Pass(_log.Options.MarkEvery);

        _log.Disk.RestoreTo(1, fence: paused.Fence);

        Assert.Throws<LogFencedException>(() => Write(paused, 20));
        Assert.Single(_log.Disk.Entries);
        Assert.Equal(RestoreGapKind.Behind, _log.Activate().Gap!.Kind);
    }

    [Fact]
    public void A_store_that_was_only_started_anew_holds_nothing()
    {
        var idle = _log.Activate();
        Write(idle, 1);
        _log.Disk.Runs++;

        Assert.Throws<LogFencedException>(() => Write(idle, 2));

        var next = _log.Activate();
        Assert.Null(next.Hold);
        Write(next, 2);
    }

    [Fact]
    public void A_reconciliation_stands_in_the_log_ends_the_hold_for_good_and_starts_the_mark_anew()
    {
        Write(_log.Activate(), 1, 2, 3);
        _log.Disk.RestoreTo(1);
        var machine = _log.Activate();

        var gap = Reconcile(machine);

        Assert.Equal((3, 1), (gap!.Expected.Position, gap.Found.Position));
        Assert.Null(machine.Hold);
        Assert.Equal(2, _marks.Mark!.Position);
        var written = Protos.Log.V1.LogEnvelope.Parser.ParseFrom(_log.Disk.Entries[1].Payload.Span).Reconciled;
        Assert.Equal(("ann", 3, 1), (written.By, written.Expected.Position, written.Found.Position));
        Assert.Null(Reconcile(machine)); // nothing is amiss any more
        Assert.Equal(2, _log.Disk.Entries.Count);
        Write(machine, 5);
        var next = _log.Activate();
        Assert.Null(next.Hold);
        Assert.Equal([1, 5], next.State);
    }

    [Fact]
    public void A_reconciliation_whose_mark_was_not_reset_holds_on_and_the_next_activation_finishes_it()
    {
        Write(_log.Activate(), 1, 2, 3);
        _log.Disk.RestoreTo(1);
        var machine = _log.Activate();
        _marks.IsDown = true;
        Assert.Throws<IOException>(() => Reconcile(machine));
        Assert.NotNull(machine.Hold);

        _marks.IsDown = false;
        var next = _log.Activate();

        Assert.Null(next.Hold);
        Assert.Equal((2, _log.Disk.Fence), (_marks.Mark!.Position, _marks.Mark.Fence));
    }

    [Fact]
    public void A_snapshot_remembers_the_reconciliation_before_it()
    {
        _log.Options.SnapshotEveryEntries = 2;
        Write(_log.Activate(), 1, 2, 3);
        _log.Snapshots = new SimulatedSnapshots(_log.Disk, static () => false);
        _log.Disk.RestoreTo(1);
        var machine = _log.Activate();
        var old = _marks.Mark;
        Reconcile(machine);
        Write(machine, 5);
        Write(machine, 6);
        _marks.Mark = old; // as if the reset had been lost

        Assert.Null(_log.Activate().Hold);
    }

    [Fact]
    public void A_mark_that_cannot_be_read_holds_the_log_until_it_can_be()
    {
        Write(_log.Activate(), 1);
        _marks.IsDown = true;
        var machine = _log.Activate();
        Assert.Equal(RefusalReason.RestoreUnreconciled, machine.Hold!.Reason);
        Assert.Equal((RestoreGapKind.MarkUnreadable, 0, 1), Reconcile(machine) is { } gap ? (gap.Kind, gap.Expected.Position, gap.Found.Position) : default);
        Assert.Equal(RestoreGapKind.MarkUnreadable, machine.Gap!.Kind);
        Assert.NotNull(machine.Hold);
        Assert.Single(_log.Disk.Entries); // nothing says that it was reconciled
        Write(machine, 2);

        _marks.IsDown = false;
        Pass(_log.Options.MarkEvery);

        Assert.Null(machine.Hold);
        Assert.Null(machine.Gap);
        Assert.Equal(2, _marks.Mark!.Position);
    }

    [Fact]
    public void A_log_without_marks_is_never_held()
    {
        _log.Marks = null;
        Write(_log.Activate(), 1, 2);
        _log.Disk.RestoreTo(1);

        Assert.Null(_log.Activate().Hold);
    }

    private void Write(LogMachine<ImmutableList<long>, Note> machine, params long[] values)
    {
        var written = _log.Write(machine, values);
        _log.LetAllGo();
        written.GetAwaiter().GetResult();
    }

    private RestoreGap? Reconcile(LogMachine<ImmutableList<long>, Note> machine)
    {
        var reconciling = _log.Do(() => machine.ReconcileAsync("ann", CancellationToken.None));
        _log.LetAllGo();
        return reconciling.GetAwaiter().GetResult();
    }

    private void Stop(LogMachine<ImmutableList<long>, Note> machine)
    {
        var stopping = _log.Do(async () =>
        {
            await machine.StopAsync();
            return true;
        });
        stopping.GetAwaiter().GetResult();
    }

    private void Pass(TimeSpan time)
    {
        _log.Time.Advance(time);
        _log.Turns.Pump();
    }
}
