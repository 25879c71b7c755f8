using System.Reflection;
using Broker.Domain;
using Broker.Domain.Restores;
using Broker.Grains.Restores;
using Orleans.Concurrency;

namespace Broker.Grains.Logs;

/// <summary>A grain whose state is a log: a thin shell over <see cref="LogMachine{TState, TEvent}"/>.</summary>
/// <remarks>A derived class is <c>[Reentrant]</c>, names its log and defines its events; its methods call
/// <see cref="ExecuteAsync{TResult}"/> and <see cref="ReadAsync{TResult}"/> and never answer from <see cref="State"/> otherwise.</remarks>
/// <typeparam name="TState">What the log's events amount to.</typeparam>
/// <typeparam name="TEvent">The log's event type.</typeparam>
public abstract class LogGrain<TState, TEvent>(LogServices services) : Grain, IRestoredLog
{
    private LogMachine<TState, TEvent>? _machine;

    /// <summary>The log's name, from the grain's key. Asked for once, at activation.</summary>
    protected abstract LogName LogName { get; }

    /// <summary>The log's events, state and codecs. Asked for once, at activation.</summary>
    protected abstract LogDefinition<TState, TEvent> Definition { get; }

    /// <inheritdoc cref="LogMachine{TState, TEvent}.State"/>
    protected TState State => Machine.State;

    /// <inheritdoc cref="LogMachine{TState, TEvent}.LastPosition"/>
    protected long LastPosition => Machine.LastPosition;

    /// <inheritdoc cref="LogMachine{TState, TEvent}.Fence"/>
    protected long Fence => Machine.Fence;

    /// <inheritdoc cref="LogMachine{TState, TEvent}.TakenOverAt"/>
    protected long TakenOverAt => Machine.TakenOverAt;

    /// <inheritdoc cref="LogMachine{TState, TEvent}.LastAcceptedAppendStart"/>
    protected long LastAcceptedAppendStart => Machine.LastAcceptedAppendStart;

    /// <summary>Counters of what is decided.</summary>
    protected GrainMeter Meter => services.Grains;

    /// <summary>The monotonic clock that <see cref="TakenOverAt"/> and <see cref="LastAcceptedAppendStart"/> are read from.</summary>
    protected TimeProvider Time => services.Time;

    /// <inheritdoc cref="LogMachine{TState, TEvent}.Hold"/>
    protected Refusal? Hold => Machine.Hold;

    private LogMachine<TState, TEvent> Machine => _machine ?? throw new InvalidOperationException("The grain is not active yet.");

    /// <summary>Takes the log over and replays it. Commands come after <see cref="OnReplayedAsync"/>.</summary>
    public sealed override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        if (GetType().GetCustomAttribute<ReentrantAttribute>() is null)
            throw new InvalidOperationException($"{GetType().Name} must be [Reentrant]: it would wait for its own group commit.");
        _machine = new LogMachine<TState, TEvent>(LogName, Definition, services) { Durable = OnDurable, Failed = Fail };
        await _machine.TakeOverAsync(cancellationToken);
        await OnTakenOverAsync(cancellationToken);
        await _machine.ReplayAsync(cancellationToken);
        await OnReplayedAsync(cancellationToken);
    }

    /// <summary>Leaves a last high-water mark. Nothing rests on it.</summary>
    public sealed override Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken) =>
        _machine?.StopAsync().WaitAsync(cancellationToken) ?? Task.CompletedTask;

    /// <inheritdoc/>
    public Task<RestoreGap?> GetGapAsync() => Machine.ReadAsync((_, _) => Machine.Gap, Settle.CheckFence);

    /// <inheritdoc/>
    public Task<RestoreGap?> ReconcileAsync(string by)
    {
        if (by is not { Length: >= 1 and <= 200 }) throw new ArgumentException("Who reconciles has a name of 1 to 200 characters.", nameof(by));
        return Machine.ReconcileAsync(by, CancellationToken.None);
    }

    /// <summary>After the fence has risen and before the replay: load what <c>Apply</c> needs.</summary>
    protected virtual Task OnTakenOverAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>After the replay and before the first command: load what the state names.</summary>
    protected virtual Task OnReplayedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Events just became durable; their callers are answered after this. Runs on the turn; must not throw.</summary>
    protected virtual void OnDurable(IReadOnlyList<LoggedEvent<TEvent>> events)
    {
    }

    /// <summary>An append failed: this activation answers nothing more and is being dropped. Must not throw.</summary>
    protected virtual void OnFailed(Exception failure)
    {
    }

    /// <inheritdoc cref="LogMachine{TState, TEvent}.Now"/>
    protected DateTimeOffset Now() => Machine.Now();

    /// <inheritdoc cref="LogMachine{TState, TEvent}.ExecuteAsync{TResult}"/>
    protected Task<TResult> ExecuteAsync<TResult>(
        Func<TState, DateTimeOffset, Decision<TEvent>> decide,
        Func<Decided<TState, TEvent>, TResult> answer,
        RequestKey? request = null,
        Settle? settle = null) => Machine.ExecuteAsync(decide, answer, request, settle);

    /// <summary>Decides a command; returns its refusal, or null when it is done and durable.</summary>
    /// <inheritdoc cref="LogMachine{TState, TEvent}.ExecuteAsync{TResult}"/>
    protected Task<Refusal?> ExecuteAsync(
        Func<TState, DateTimeOffset, Decision<TEvent>> decide, RequestKey? request = null, Settle? settle = null) =>
        Machine.ExecuteAsync(decide, request, settle);

    /// <inheritdoc cref="LogMachine{TState, TEvent}.ExecuteAllAsync{TCommand}"/>
    protected Task ExecuteAllAsync<TCommand>(
        IReadOnlyList<TCommand> commands,
        Func<TCommand, TState, DateTimeOffset, Decision<TEvent>> decide,
        Action<int, Decided<TState, TEvent>> answer) => Machine.ExecuteAllAsync(commands, decide, answer);

    /// <inheritdoc cref="LogMachine{TState, TEvent}.Gather{TResult}"/>
    protected TResult Gather<TResult>(Func<TResult> start) => Machine.Gather(start);

    /// <inheritdoc cref="LogMachine{TState, TEvent}.ReadAsync{TResult}"/>
    protected Task<TResult> ReadAsync<TResult>(Func<TState, DateTimeOffset, TResult> read, Settle settle = Settle.LastSeen) =>
        Machine.ReadAsync(read, settle);

    /// <inheritdoc cref="LogMachine{TState, TEvent}.CheckFenceAsync"/>
    protected Task CheckFenceAsync() => Machine.CheckFenceAsync();

    private void Fail(Exception failure)
    {
        OnFailed(failure);
        DeactivateOnIdle();
    }
}
