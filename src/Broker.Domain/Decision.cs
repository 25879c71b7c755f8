using System.Collections.Immutable;

namespace Broker.Domain;

/// <summary>What a command leads to: events to make durable, or a refusal, or neither (a repeat: nothing to do).</summary>
/// <typeparam name="TEvent">The log's event type.</typeparam>
public readonly struct Decision<TEvent>
{
    private Decision(ImmutableArray<TEvent> events, Refusal? refusal)
    {
        Events = events;
        Refusal = refusal;
    }

    /// <summary>The events, in order; one append. Empty for a refusal or a repeat.</summary>
    public ImmutableArray<TEvent> Events { get => field.IsDefault ? [] : field; }

    /// <summary>Why nothing is done, or null.</summary>
    public Refusal? Refusal { get; }

    /// <summary>Nothing to do: the command repeats what stands already.</summary>
    public static Decision<TEvent> Nothing => default;

    /// <summary>These events, in this order, in one append.</summary>
    public static Decision<TEvent> Of(params ImmutableArray<TEvent> events) => new(events, null);

    /// <summary>A refusal; nothing changes.</summary>
    public static Decision<TEvent> Refuse(Refusal refusal) => new([], refusal);

    /// <summary>A refusal; nothing changes.</summary>
    public static Decision<TEvent> Refuse(RefusalReason reason, string message, string? field = null, string? limit = null) =>
        new([], new Refusal(reason, message, field, limit));
}
