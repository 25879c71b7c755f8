using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using Broker.Protos.Log.V1;
using Google.Protobuf;

namespace Broker.Auditor.Logs;

/// <summary>Reads one log and proves that it is whole: positions without gaps, SHA-256 chained from 32 zero bytes over
/// previous hash ‖ position ‖ fence ‖ decided-at micros (8 bytes each, big endian) ‖ payload; clock and fence never fall.</summary>
internal sealed class ChainReader(IAuditSource source, LogFindings findings)
{
    private readonly byte[] _numbers = new byte[24];
    private byte[] _hash = new byte[SHA256.HashSizeInBytes];
    private (long Position, ReadOnlyMemory<byte> Hash) _expected;
    private long _fence;
    private long _claimed;
    private bool _isBroken;

    /// <summary>Position of the last entry read.</summary>
    public long LastPosition { get; private set; }

    /// <summary>When it was decided.</summary>
    public long LastDecidedAtMicros { get; private set; } = long.MinValue;

    /// <summary>The last entry's hash: a second reading must find it at the same position.</summary>
    public ReadOnlyMemory<byte> LastHash => _hash;

    /// <summary>What an earlier reading of the log found at its end: it must stand there still.</summary>
    public void Expect(long position, ReadOnlyMemory<byte> hash) => _expected = (position, hash);

    /// <summary>Reading ended before the log did, and the reader knows why.</summary>
    public void Stop() => _isBroken = true;

    /// <summary>After reading: the log may have grown since an earlier reading, never shrunk, and reaches as far as its store says.</summary>
    public void Finish()
    {
        findings.Check(
            LastPosition >= _expected.Position, Promise.Chain, $"The log ends at {LastPosition}; it had {_expected.Position} entries when it was read first.");
        findings.Check(
            _isBroken || LastPosition >= _claimed, Promise.Chain, $"The log ends at {LastPosition}; its store says that it has {_claimed} entries: the last ones are missing.");
    }

    /// <summary>Ends at the first entry that breaks the chain: what follows it proves nothing.</summary>
    public async IAsyncEnumerable<VerifiedEntry> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        _claimed = await source.LastPositionAsync(findings.Log, cancellationToken) ?? 0;
        await foreach (var entry in source.ReadAsync(findings.Log, cancellationToken))
        {
            findings.Position = entry.Position;
            if (!Follows(entry) || Open(entry) is not { } opened)
            {
                _isBroken = true; // told already
                yield break;
            }

            CheckClocks(entry);
            CheckExpected(entry);
            _hash = entry.Hash.ToArray();
            (LastPosition, LastDecidedAtMicros, _fence) = (entry.Position, entry.DecidedAtMicros, entry.Fence);
            if (opened.Reconciled is not null) continue; // Of the log itself: an operator's word after a restore. It changes no right.
            yield return new VerifiedEntry(entry.Position, entry.DecidedAtMicros, opened.Event.Memory);
        }
    }

    private bool Follows(AuditEntry entry) =>
        findings.Check(
            entry.Position == LastPosition + 1, Promise.Chain, $"Position {entry.Position} follows position {LastPosition}: an entry is missing, or stands twice.")
        && findings.Check(
            entry.Hash.Span.SequenceEqual(HashOf(entry)), Promise.Chain, "The entry's hash is not the hash of its content and the entry before it.");

    private byte[] HashOf(AuditEntry entry)
    {
        BinaryPrimitives.WriteInt64BigEndian(_numbers, entry.Position);
        BinaryPrimitives.WriteInt64BigEndian(_numbers.AsSpan(8), entry.Fence);
        BinaryPrimitives.WriteInt64BigEndian(_numbers.AsSpan(16), entry.DecidedAtMicros);
        return SHA256.HashData([.. _hash, .. _numbers, .. entry.Payload.Span]);
    }

    private void CheckClocks(AuditEntry entry)
    {
        findings.Check(entry.DecidedAtMicros >= LastDecidedAtMicros, Promise.Chain, "The entry was decided before the one that it follows: the log's clock ran backwards.");
        findings.Check(entry.Fence >= _fence, Promise.Chain, $"The entry's fence {entry.Fence} is below the fence {_fence} of the one before it: a stale writer wrote.");
    }

    private void CheckExpected(AuditEntry entry)
    {
        var isSame = entry.Position != _expected.Position || entry.Hash.Span.SequenceEqual(_expected.Hash.Span);
        findings.Check(isSame, Promise.Chain, "The log was rewritten between its two readings.");
    }

    private LogEnvelope? Open(AuditEntry entry)
    {
        try
        {
            return LogEnvelope.Parser.ParseFrom(entry.Payload.Span);
        }
        catch (InvalidProtocolBufferException failure)
        {
            findings.Add(Promise.Chain, $"The entry cannot be read: {failure.Message}");
            return null;
        }
    }
}
