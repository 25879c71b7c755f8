namespace Broker.Gateway.Flights;

/// <summary>The records of one message as a record batch.</summary>
/// <param name="Header">Its IPC message.</param>
/// <param name="Body">Its buffers.</param>
/// <param name="FieldBytes">UTF-8 bytes of the fields that it holds: what was charged, or it is not sent to its end.</param>
internal sealed record FlightBatch(ReadOnlyMemory<byte> Header, IFrameBody Body, long FieldBytes);
