using Broker.Protos.Log.V1;
using Google.Protobuf;

namespace Broker.Grains.Logs;

/// <summary>The envelope around each event on disk, and a snapshot's.</summary>
internal static class LogEnvelopes
{
    public static byte[] Encode(ReadOnlyMemory<byte> logEvent, RequestKey? request, int requestEvents)
    {
        var envelope = new LogEnvelope { Event = UnsafeByteOperations.UnsafeWrap(logEvent) };
        if (request is { } key)
        {
            envelope.RequestId = key.Id;
            envelope.RequestDigest = ByteString.CopyFrom(key.Digest.Span);
            envelope.RequestEvents = requestEvents;
        }

        return envelope.ToByteArray();
    }

    /// <exception cref="LogCorruptException">The payload is no envelope.</exception>
    public static LogEnvelope Decode(LogName log, LogEntry entry)
    {
        try
        {
            return LogEnvelope.Parser.ParseFrom(entry.Payload.Span);
        }
        catch (InvalidProtocolBufferException failure)
        {
            throw new LogCorruptException(log, entry.Position, $"the entry cannot be read: {failure.Message}");
        }
    }

    public static byte[] EncodeSnapshot(
        long position, ReadOnlyMemory<byte> hash, DateTimeOffset decidedAt, ReadOnlyMemory<byte> state, RequestIds requests)
    {
        var snapshot = new LogSnapshot
        {
            Position = position,
            Hash = ByteString.CopyFrom(hash.Span),
            DecidedAtMicros = LogChain.ToUnixMicroseconds(decidedAt),
            State = UnsafeByteOperations.UnsafeWrap(state),
        };
        snapshot.Requests.AddRange(requests.OldestFirst());
        return snapshot.ToByteArray();
    }
}
