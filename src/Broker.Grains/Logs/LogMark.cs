namespace Broker.Grains.Logs;

/// <summary>How far a log was durable once, and in which store.</summary>
/// <param name="Position">Position of an entry that was durable; 0 where the log was empty.</param>
/// <param name="Fence">The fence of the activation that left the mark.</param>
/// <param name="Hash">That entry's hash (32 bytes; zeros at position 0).</param>
/// <param name="Store">Which incarnation of the store held it, as <see cref="LogHead.Store"/> said; at most 100 characters.</param>
public sealed record LogMark(long Position, long Fence, ReadOnlyMemory<byte> Hash, string Store);
