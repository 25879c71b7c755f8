using Broker.Domain;
using Broker.Grains.Logs;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace Broker.Grains.Tests.Logs;

/// <summary>Activations of one log's grain, current and stale, over a disk that obeys a seed: an operation of the store
/// takes effect and is answered whenever it likes, fails without effect, or fails after it.</summary>
/// <remarks>Everything runs on one pumped scheduler and one fake clock: a seed is a history.</remarks>
internal sealed partial class LogSimulation
{
    public static readonly LogName Log = new("platforms/x/partitions/0");
    private const int CommandEventsMax = 6;

    private static readonly LogMeter Meter = new();

    private readonly Random _random;
    private int _faultsPercent;
    private readonly FakeTimeProvider _time = new();
    private readonly List<SimulatedActivation> _activations = [];
    private readonly List<StoreOperation> _pending = [];
    private readonly List<StoreOperation> _adrift = [];
    private readonly List<SimulatedCall> _waiting = [];
    private readonly List<SimulatedCall> _answered = [];
    private readonly Dictionary<string, SimulatedCall> _requests = [];
    private readonly LogServices _services;
    private long _tick;
    private long _commands;

    public LogSimulation(int seed)
    {
        _random = new Random(seed);
        _faultsPercent = _random.Next(4) * 2;
        Options = AnyOptions();
        Snapshots = new SimulatedSnapshots(Disk, Fault);
        _services = new LogServices(NoStore.Instance, Snapshots, _time, Options, Meter, NullLoggerFactory.Instance)
        {
            OffTurn = static work => Task.FromResult(work()),
        };
    }

    public Turns Turns { get; } = new();

    public SimulatedDisk Disk { get; } = new();

    public SimulatedSnapshots Snapshots { get; }

    public LogOptions Options { get; }

    public int Acknowledged => _answered.Count(call => call.Answer.IsCompletedSuccessfully);

    public int Failed => _answered.Count(call => call.Answer.IsFaulted);

    /// <summary>The command that a note's value names.</summary>
    public static long CommandOf(long value) => value / CommandEventsMax;

    public LogSimulation Run(int steps)
    {
        for (var step = 0; step < steps; step++)
        {
            Step();
            PumpAndCheck();
        }

        End();
        return this;
    }

    public StoreOperation<T> Ask<T>(SimulatedActivation by, Func<T> effect)
    {
        var operation = new StoreOperation<T>(by, ++_tick, effect);
        _pending.Add(operation);
        return operation;
    }

    private LogOptions AnyOptions() => new()
    {
        BatchEventsMax = _random.Next(1, 12),
        BatchBytesMax = 1024,
        QueueEventsMax = _random.Next(1, 40),
        QueueChecksMax = _random.Next(1, 12),
        SnapshotEveryEntries = _random.Next(1, 12),
    };

    private bool Fault() => _random.Next(100) < _faultsPercent;

    private void Step()
    {
        switch (_random.Next(60))
        {
            case < 29: Call(); break;
            case < 52: Advance(); break;
            case < 53: Activate(); break;
            case < 57: PassTime(); break;
            case < 58: SetBack(); break;
            default: Surface(); break;
        }
    }

    private void PassTime()
    {
        var span = TimeSpan.FromMicroseconds(_random.Next(3_000_000));
        _time.Advance(span);
        Disk.Clock += span;
    }

    /// <summary>An operator sets the store's clock back.</summary>
    private void SetBack()
    {
        if (Fault()) Disk.Clock -= TimeSpan.FromSeconds(_random.Next(100));
    }

    private SimulatedActivation Activate()
    {
        var activation = new SimulatedActivation(this, _services);
        _activations.Add(activation);
        activation.Activate();
        return activation;
    }

    /// <summary>Some operation of the store gets on.</summary>
    private void Advance()
    {
        if (_pending.Count == 0) return;
        var operation = _pending[_random.Next(_pending.Count)];
        if (Fault()) Break(operation);
        else if (_random.Next(3) == 0) operation.TakeEffect();
        else Answer(operation);
    }

    private void Answer(StoreOperation operation)
    {
        _pending.Remove(operation);
        operation.Answer();
    }

    private void Break(StoreOperation operation)
    {
        _pending.Remove(operation);
        if (_random.Next(2) == 0) operation.TakeEffect();
        var isUnknown = operation.TookEffect || _random.Next(2) == 0;
        if (isUnknown && !operation.TookEffect) _adrift.Add(operation);
        operation.Fail(_random.Next(3) == 0 && isUnknown ? new IOException("cut off") : new LogUnavailableException("cut off", isUnknown));
    }

    /// <summary>What was given up as unknown takes effect after all, where the fence lets it.</summary>
    private void Surface()
    {
        if (_adrift.Count == 0) return;
        var operation = _adrift[_random.Next(_adrift.Count)];
        _adrift.Remove(operation);
        operation.TakeEffect();
    }

    private void Call()
    {
        var callsFailed = _random.Next(12) == 0;
        var ready = _activations.Where(activation => activation.IsReady && activation.HasFailed == callsFailed).ToArray();
        if (!callsFailed && ready.Length == 0 && _activations.All(activation => activation.Activating.IsCompleted)) Activate();
        if (ready.Length == 0) return;
        var at = ready[Math.Max(_random.Next(ready.Length), _random.Next(ready.Length))];
        var repeated = _requests.Count > 0 && _random.Next(6) == 0 ? _requests.Values.ElementAt(_random.Next(_requests.Count)) : null;
        Start(repeated is null ? AnyCall(at) : Repeat(repeated, at));
    }

    private SimulatedCall AnyCall(SimulatedActivation at)
    {
        var command = ++_commands;
        var kind = _random.Next(2) == 0 ? CallKind.Write : (CallKind)_random.Next(7);
        var events = _random.Next(4) == 0 ? _random.Next(1, CommandEventsMax) : 1;
        var call = new SimulatedCall
        {
            Kind = kind,
            At = at,
            Started = ++_tick,
            Values = kind == CallKind.Write ? [.. Enumerable.Range(0, events).Select(index => command * CommandEventsMax + index)] : [],
            Request = kind == CallKind.Write && _random.Next(2) == 0 ? new RequestKey($"request-{command}", BitConverter.GetBytes(command)) : null,
        };
        if (call.Request is { } request) _requests[request.Id] = call;
        return call;
    }

    /// <summary>A client that tries again, or another one that uses the same id for something else.</summary>
    private SimulatedCall Repeat(SimulatedCall first, SimulatedActivation at) => new()
    {
        Kind = CallKind.Write,
        At = at,
        Started = ++_tick,
        Values = first.Values,
        Request = _random.Next(4) == 0 ? first.Request!.Value with { Digest = new byte[] { 1 } } : first.Request,
    };

    private void Start(SimulatedCall call)
    {
        _waiting.Add(call);
        if (call.IsCheck) call.At.WaitingChecks++;
        call.Answer = Turns.Start(() => AskAsync(call));
    }

    private Task<Told> AskAsync(SimulatedCall call) => call.Kind switch
    {
        CallKind.Write => call.At.Machine.ExecuteAsync(
            (state, _) => Decide(call, state, Decision<Note>.Of([.. call.Values.Select(value => new Note(value, _random.Next(200)))])), ToldOf, call.Request),
        CallKind.Nothing => call.At.Machine.ExecuteAsync((state, _) => Decide(call, state, Decision<Note>.Nothing), ToldOf),
        CallKind.Refusal => call.At.Machine.ExecuteAsync((state, _) => Decide(call, state, Refused), ToldOf),
        CallKind.CheckedRefusal => call.At.Machine.ExecuteAsync((state, _) => Decide(call, state, Refused), ToldOf, settle: Settle.CheckFence),
        CallKind.Read => call.At.Machine.ReadAsync((state, _) => ReadOf(call, state)),
        CallKind.CheckedRead => call.At.Machine.ReadAsync((state, _) => ReadOf(call, state), Settle.CheckFence),
        _ => CheckAsync(call),
    };

    private static Decision<Note> Refused => Decision<Note>.Refuse(RefusalReason.NotFound, "There is none.");

    private static Told ToldOf(Decided<System.Collections.Immutable.ImmutableList<long>, Note> decided) =>
        new(decided.State, decided.FirstPosition, decided.LastPosition, decided.IsRepeat, decided.Refusal);

    private static async Task<Told> CheckAsync(SimulatedCall call)
    {
        await call.At.Machine.CheckFenceAsync();
        return new Told([], 0, 0, false, null);
    }
}
