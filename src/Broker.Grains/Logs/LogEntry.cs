namespace Broker.Grains.Logs;

/// <summary>One durable fact.</summary>
/// <param name="Position">Its place in the log; the first is 1, without gaps.</param>
/// <param name="Fence">The fence that it was written under.</param>
/// <param name="DecidedAt">The store's clock when it was decided, carried on by a monotonic clock; never runs backwards in a log.</param>
/// <param name="Payload">The event, protobuf <c>broker.log.v1</c>.</param>
/// <param name="Hash">SHA-256 over the previous entry's hash, position, fence, decided-at and payload (see <see cref="LogChain"/>).</param>
public sealed record LogEntry(long Position, long Fence, DateTimeOffset DecidedAt, ReadOnlyMemory<byte> Payload, ReadOnlyMemory<byte> Hash);
