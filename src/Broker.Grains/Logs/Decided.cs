using Broker.Domain;

namespace Broker.Grains.Logs;

/// <summary>What a command came to, handed to the function that makes its answer. The answer is made at once, from the
/// state right after the command's events, and given only when all that it rests on is durable.</summary>
/// <typeparam name="TState">The log's state.</typeparam>
/// <typeparam name="TEvent">The log's event type.</typeparam>
/// <param name="State">The state with the command's events applied. It goes on changing: copy what the answer needs.</param>
/// <param name="Decision">The decision; of a repeated request it has neither events nor refusal.</param>
/// <param name="FirstPosition">Position of the first event (of a repeat: of its first time); 0 where there is none.</param>
/// <param name="LastPosition">Position of the last event; where there is none, the last one that the decision saw.</param>
/// <param name="DecidedAt">The log's time of the decision.</param>
/// <param name="IsRepeat">Whether the request id had been carried out before with the same body.</param>
public readonly record struct Decided<TState, TEvent>(
    TState State, Decision<TEvent> Decision, long FirstPosition, long LastPosition, DateTimeOffset DecidedAt, bool IsRepeat)
{
    /// <summary>Why nothing was done, or null.</summary>
    public Refusal? Refusal => Decision.Refusal;
}
