namespace Broker.Grains.Logs;

/// <summary>Makes a command repeatable: the same id with the same body is carried out once.</summary>
/// <param name="Id">The caller's id, 1 to 200 characters, unique within the log.</param>
/// <param name="Digest">SHA-256 of the request's body.</param>
public readonly record struct RequestKey(string Id, ReadOnlyMemory<byte> Digest);
