using Broker.Domain.Restores;
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

    public static byte[] Encode(Reconciled reconciled) => new LogEnvelope { Reconciled = reconciled }.ToByteArray();

    public static Mark ToMark(LogPlace place) =>
        new() { Position = place.Position, Hash = ByteString.CopyFrom(Convert.FromHexString(place.Hash)), Store = place.Store };

    /// <summary>What a reconciliation settled. Of which kind it was does not matter any more.</summary>
    public static RestoreGap ToGap(Reconciled reconciled) => new(RestoreGapKind.Behind, ToPlace(reconciled.Expected), ToPlace(reconciled.Found));

    public static LogPlace ToPlace(Mark mark) => PlaceOf(mark.Position, mark.Hash.Memory, mark.Store);

    public static LogPlace PlaceOf(long position, ReadOnlyMemory<byte> hash, string store) =>
        new(position, Convert.ToHexStringLower(hash.Span), store);

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
        long position, ReadOnlyMemory<byte> hash, DateTimeOffset decidedAt, ReadOnlyMemory<byte> state,
        IReadOnlyList<RememberedRequest> requests, Reconciled? reconciled)
    {
        var snapshot = new LogSnapshot
        {
            Position = position,
            Hash = ByteString.CopyFrom(hash.Span),
            DecidedAtMicros = LogChain.ToUnixMicroseconds(decidedAt),
            State = UnsafeByteOperations.UnsafeWrap(state),
            Reconciled = reconciled,
        };
        snapshot.Requests.AddRange(requests);
        return snapshot.ToByteArray();
    }
}
