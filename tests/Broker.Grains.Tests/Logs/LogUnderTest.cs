using System.Collections.Immutable;
using Broker.Domain;
using Broker.Grains.Logs;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace Broker.Grains.Tests.Logs;

/// <summary>One log and its activations, on pumped turns: the test says when an append gets on.</summary>
internal sealed class LogUnderTest
{
    public static readonly LogName Name = new("platforms/x/partitions/0");

    public LogUnderTest()
    {
        Store = new HeldStore(Disk);
        Snapshots = new SimulatedSnapshots(Disk, static () => false);
    }

    public Turns Turns { get; } = new();

    public SimulatedDisk Disk { get; } = new();

    public HeldStore Store { get; }

    public ISnapshotStore? Snapshots { get; set; }

    public ILogMarks? Marks { get; set; }

    /// <summary>Snapshots are encoded at once unless a test says otherwise.</summary>
    public Func<Func<byte[]>, Task<byte[]>> OffTurn { get; set; } = static work => Task.FromResult(work());

    public LogMeter Meter { get; } = new();

    public FakeTimeProvider Time { get; } = new();

    public LogOptions Options { get; } = new();

    public LogDefinition<ImmutableList<long>, Note> Definition { get; set; } = Note.Log;

    /// <summary>A machine that has neither taken over nor replayed.</summary>
    public LogMachine<ImmutableList<long>, Note> Machine() =>
        new(Name, Definition, new LogServices(Store, Snapshots, Time, Options, Meter, NullLoggerFactory.Instance) { Marks = Marks, OffTurn = OffTurn });

    /// <summary>Takes the log over and replays it.</summary>
    public LogMachine<ImmutableList<long>, Note> Activate()
    {
        var machine = Machine();
        var activating = Do(async () =>
        {
            await machine.TakeOverAsync(CancellationToken.None);
            await machine.ReplayAsync(CancellationToken.None);
            return true;
        });
        activating.GetAwaiter().GetResult();
        return machine;
    }

    /// <summary>Runs work as a turn, and all turns that follow.</summary>
    public Task<T> Do<T>(Func<Task<T>> work)
    {
        var done = Turns.Start(work);
        Turns.Pump();
        return done;
    }

    public Task<Told> Write(LogMachine<ImmutableList<long>, Note> machine, params long[] values) => Write(machine, null, values);

    public Task<Told> Write(LogMachine<ImmutableList<long>, Note> machine, RequestKey? request, params long[] values) =>
        Decide(machine, (_, _) => Decision<Note>.Of([.. values.Select(value => new Note(value))]), request);

    public Task<Told> DoNothing(LogMachine<ImmutableList<long>, Note> machine) => Decide(machine, (_, _) => Decision<Note>.Nothing);

    public Task<Told> Refuse(LogMachine<ImmutableList<long>, Note> machine, Settle? settle = null) =>
        Decide(machine, (_, _) => Decision<Note>.Refuse(RefusalReason.NotFound, "There is none."), settle: settle);

    public Task<ImmutableList<long>> Read(LogMachine<ImmutableList<long>, Note> machine, Settle settle = Settle.LastSeen) =>
        Do(() => machine.ReadAsync((state, _) => state, settle));

    public Task<Told> Decide(
        LogMachine<ImmutableList<long>, Note> machine,
        Func<ImmutableList<long>, DateTimeOffset, Decision<Note>> decide,
        RequestKey? request = null,
        Settle? settle = null) => Do(() => machine.ExecuteAsync(
            decide, decided => new Told(decided.State, decided.FirstPosition, decided.LastPosition, decided.IsRepeat, decided.Refusal), request, settle));

    /// <summary>A command for each value, all started together; what each was told.</summary>
    public Task<Told[]> WriteEach(LogMachine<ImmutableList<long>, Note> machine, params long[] values) => Do(async () =>
    {
        var told = new Told[values.Length];
        await machine.ExecuteAllAsync(
            values,
            static (value, state, _) => state.Contains(value) ? Decision<Note>.Nothing : Decision<Note>.Of(new Note(value)),
            (index, decided) => told[index] = new Told(decided.State, decided.FirstPosition, decided.LastPosition, decided.IsRepeat, decided.Refusal));
        return told;
    });

    /// <summary>Lets every append go, and those that follow.</summary>
    public void LetAllGo()
    {
        while (Store.Held > 0) LetGo();
    }

    public void LetGo()
    {
        Store.LetGo();
        Turns.Pump();
    }

    public void Fail(Exception failure)
    {
        Store.Fail(failure);
        Turns.Pump();
    }
}
