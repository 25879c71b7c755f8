using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using Broker.Grains.Logs;

namespace Broker.Grains.Tests.Logs;

/// <summary>One activation of the log's grain, and the store as it sees it. It stays in the world when it is stale or has failed:
/// nobody tells it.</summary>
internal sealed class SimulatedActivation : ILogStore
{
    private readonly LogSimulation _world;
    private StoreOperation? _appending;
    private long _durable;

    public SimulatedActivation(LogSimulation world, LogServices services)
    {
        _world = world;
        Machine = new(LogSimulation.Log, Note.Log, services with { Store = this }) { Failed = OnFailed, Durable = OnDurable };
    }

    public LogMachine<ImmutableList<long>, Note> Machine { get; }

    /// <summary>Taking over and replaying.</summary>
    public Task Activating { get; private set; } = Task.CompletedTask;

    public bool IsReady => Activating.IsCompletedSuccessfully;

    public bool HasFailed { get; private set; }

    /// <summary>What its state must be: what it replayed and what it decided since.</summary>
    public ImmutableList<long> Expected { get; set; } = [];

    /// <summary>Answers without events that have not been given yet.</summary>
    public int WaitingChecks { get; set; }

    public long WaitingEvents => Expected.Count - Machine.DurablePosition;

    /// <summary>When its newest accepted append was handed in; 0 for none.</summary>
    public long AcceptedStart { get; private set; }

    public void Activate() => Activating = _world.Turns.Start(async () =>
    {
        await Machine.TakeOverAsync(CancellationToken.None);
        await Machine.ReplayAsync(CancellationToken.None);
        Expected = Machine.State;
        _durable = Machine.LastPosition;
        Assert.Equal(_world.Disk.Values.Take(Expected.Count), Expected);
    });

    public void Answered(long started, bool accepted, bool isAppend)
    {
        if (!isAppend) return;
        _appending = null;
        if (accepted) AcceptedStart = started;
        else ShouldFail = true;
    }

    /// <summary>An append of its was answered with anything but success.</summary>
    public bool ShouldFail { get; private set; }

    public Task<LogHead> TakeOverAsync(LogName log, CancellationToken cancellationToken) => _world.Ask(this, _world.Disk.TakeOver).Answered;

    public Task<LogAppendResult> AppendAsync(LogAppend append, CancellationToken cancellationToken)
    {
        Assert.False(HasFailed, "It wrote again after an append had failed.");
        Assert.Null(_appending);
        AssertBounded(append);
        var operation = _world.Ask(this, () => _world.Disk.Append(append));
        _appending = operation;
        return operation.Answered;
    }

    public async IAsyncEnumerable<LogEntry> ReadAsync(LogName log, long fromPosition, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var entries = await _world.Ask(this, () => _world.Disk.Entries.Skip((int)fromPosition - 1).ToArray()).Answered;
        foreach (var entry in entries) yield return entry;
    }

    public IAsyncEnumerable<LogName> ListAsync(CancellationToken cancellationToken) => throw new NotSupportedException();

    private void AssertBounded(LogAppend append)
    {
        var commands = append.Entries.Select(entry => LogSimulation.CommandOf(SimulatedDisk.NoteOf(entry).Value)).Distinct().Count();
        Assert.True(commands <= 1 || append.Entries.Count <= _world.Options.BatchEventsMax, "The batch has too many events.");
        Assert.True(commands <= 1 || append.Entries.Sum(entry => entry.Payload.Length) <= _world.Options.BatchBytesMax, "The batch has too many bytes.");
    }

    private void OnFailed(Exception failure)
    {
        Assert.False(HasFailed);
        HasFailed = true;
    }

    private void OnDurable(IReadOnlyList<LoggedEvent<Note>> events)
    {
        foreach (var logged in events)
        {
            Assert.Equal(++_durable, logged.Position);
            Assert.Equal(_world.Disk.Values[(int)logged.Position - 1], logged.Event.Value);
        }
    }
}
