namespace Broker.Auditor.Logs;

/// <summary>An entry out of its envelope.</summary>
/// <param name="Position">Its place.</param>
/// <param name="DecidedAtMicros">When it was decided, microseconds since 1970.</param>
/// <param name="Event">The event's bytes.</param>
internal readonly record struct VerifiedEntry(long Position, long DecidedAtMicros, ReadOnlyMemory<byte> Event);
