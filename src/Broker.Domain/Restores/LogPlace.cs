namespace Broker.Domain.Restores;

/// <summary>A place in a log's history, in one incarnation of its store.</summary>
/// <param name="Position">The entry's position; 0 before the first.</param>
/// <param name="Hash">The entry's hash, lower-case hexadecimal.</param>
/// <param name="Store">Which incarnation of the store; empty where the store cannot tell.</param>
public sealed record LogPlace(long Position, string Hash, string Store);
