using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using Broker.Domain.Lineage;

namespace Broker.Domain.Releases;

/// <summary>Names one release of a slice for ever. Round, number, position and fence all come again where a log is restored from a backup and goes
/// on otherwise; this does not.</summary>
public static class ReleaseTag
{
    /// <summary>Bytes of a tag.</summary>
    public const int Bytes = 16;

    /// <summary>The tag: the first 16 bytes of SHA-256 over the reservation, the position and time of the release, and the digest of the ids that were
    /// released. Nothing that comes later (a resend, a confirmation) changes it. Two releases of one name that agree in all of this
    /// released the same records.</summary>
    public static ImmutableArray<byte> Of(DeliveredSlice slice)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Span<byte> numbers = stackalloc byte[16];
        BinaryPrimitives.WriteInt64BigEndian(numbers, slice.Position);
        BinaryPrimitives.WriteInt64BigEndian(numbers[8..], slice.ReleasedAt.UtcTicks);
        hash.AppendData(numbers);
        hash.AppendData(slice.Released.Digest.AsSpan());
        hash.AppendData(Encoding.UTF8.GetBytes(slice.Released.ReservationId));
        return [.. hash.GetHashAndReset().AsSpan(0, Bytes)];
    }
}
