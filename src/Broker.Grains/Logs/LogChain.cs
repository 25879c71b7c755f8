using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Broker.Grains.Logs;

/// <summary>The hash chain of a log: entry n's hash covers entry n−1's, so no entry can be altered, dropped or
/// moved without every later hash failing.</summary>
public static class LogChain
{
    // Covered in one call, on the stack; most entries are smaller.
    private const int OneCallBytesMax = 512;

    private static readonly long MicrosecondsMin = ToUnixMicroseconds(DateTimeOffset.MinValue);
    private static readonly long MicrosecondsMax = ToUnixMicroseconds(DateTimeOffset.MaxValue);

    /// <summary>The hash before the first entry: 32 zero bytes.</summary>
    public static ReadOnlyMemory<byte> Origin { get; } = new byte[LogLimits.HashBytes];

    /// <summary>SHA-256(previous hash ‖ position ‖ fence ‖ decided-at in Unix microseconds ‖ payload); integers are 8 bytes, big endian.</summary>
    public static byte[] HashOf(ReadOnlySpan<byte> previousHash, long position, long fence, DateTimeOffset decidedAt, ReadOnlySpan<byte> payload)
    {
        Span<byte> numbers = stackalloc byte[24];
        BinaryPrimitives.WriteInt64BigEndian(numbers, position);
        BinaryPrimitives.WriteInt64BigEndian(numbers[8..], fence);
        BinaryPrimitives.WriteInt64BigEndian(numbers[16..], ToUnixMicroseconds(decidedAt));

        var length = previousHash.Length + numbers.Length + payload.Length;
        if (length > OneCallBytesMax) return HashInParts(previousHash, numbers, payload);
        Span<byte> covered = stackalloc byte[OneCallBytesMax];
        previousHash.CopyTo(covered);
        numbers.CopyTo(covered[previousHash.Length..]);
        payload.CopyTo(covered[(previousHash.Length + numbers.Length)..]);
        return SHA256.HashData(covered[..length]);
    }

    /// <summary>The entry that follows <paramref name="previousHash"/>.</summary>
    public static LogEntry Next(ReadOnlySpan<byte> previousHash, long position, long fence, DateTimeOffset decidedAt, ReadOnlyMemory<byte> payload) =>
        new(position, fence, decidedAt, payload, HashOf(previousHash, position, fence, decidedAt, payload.Span));

    /// <summary>Microseconds since 1970-01-01T00:00:00Z; finer parts are cut.</summary>
    public static long ToUnixMicroseconds(DateTimeOffset time) => (time.UtcTicks - DateTimeOffset.UnixEpoch.UtcTicks) / TimeSpan.TicksPerMicrosecond;

    /// <summary>The inverse of <see cref="ToUnixMicroseconds"/>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Outside the years 1 to 9999.</exception>
    public static DateTimeOffset FromUnixMicroseconds(long microseconds)
    {
        // Multiplied unchecked, a number with its top bit flipped would give the same time, and the chain would hold.
        ArgumentOutOfRangeException.ThrowIfLessThan(microseconds, MicrosecondsMin);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(microseconds, MicrosecondsMax);
        return DateTimeOffset.UnixEpoch.AddTicks(microseconds * TimeSpan.TicksPerMicrosecond);
    }

    // A hash that takes its input in parts is an object of the cryptographic library, with a finalizer: for a short entry that costs more than the hashing.
    private static byte[] HashInParts(ReadOnlySpan<byte> previousHash, ReadOnlySpan<byte> numbers, ReadOnlySpan<byte> payload)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(previousHash);
        hash.AppendData(numbers);
        hash.AppendData(payload);
        return hash.GetHashAndReset();
    }
}
