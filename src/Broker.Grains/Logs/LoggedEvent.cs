namespace Broker.Grains.Logs;

/// <summary>An event with its place in the log.</summary>
/// <typeparam name="TEvent">The log's event type.</typeparam>
/// <param name="Position">Its position; the first of a log is 1.</param>
/// <param name="DecidedAt">When it was decided, UTC, in whole microseconds.</param>
/// <param name="Event">The event.</param>
public readonly record struct LoggedEvent<TEvent>(long Position, DateTimeOffset DecidedAt, TEvent Event);
