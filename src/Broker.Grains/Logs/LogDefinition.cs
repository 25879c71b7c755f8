namespace Broker.Grains.Logs;

/// <summary>What one kind of log is made of.</summary>
/// <typeparam name="TState">What its events amount to.</typeparam>
/// <typeparam name="TEvent">Its event type.</typeparam>
public sealed class LogDefinition<TState, TEvent>
{
    /// <summary>Events to bytes and back.</summary>
    public required ILogCodec<TEvent> Codec { get; init; }

    /// <summary>The state of an empty log.</summary>
    public required Func<TState> Initial { get; init; }

    /// <summary>The state after an event: pure and deterministic. May change the state in place and return it.</summary>
    public required Func<TState, LoggedEvent<TEvent>, TState> Apply { get; init; }

    /// <summary>The state after an entry that is the log's own (a reconciliation), at its position. Without it such an entry leaves the
    /// state as it is.</summary>
    public Func<TState, long, TState> PassOver { get; init; } = static (state, _) => state;

    /// <summary>State to bytes and back; without it every replay starts at the first entry.</summary>
    public ISnapshotCodec<TState>? SnapshotCodec { get; init; }
}
