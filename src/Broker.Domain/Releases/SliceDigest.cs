using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;

namespace Broker.Domain.Releases;

/// <summary>The digest of a slice: SHA-256 over its records' ids in the order of users and <see cref="RowKey"/>, each as
/// four bytes of length (big endian) and its UTF-8 bytes. A client computes the same from what it got.</summary>
public sealed class SliceDigest : IDisposable
{
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

    /// <summary>Adds the next record's id (at most 256 UTF-8 bytes).</summary>
    public void Add(string id)
    {
        Span<byte> buffer = stackalloc byte[4 + 1024];
        var length = Encoding.UTF8.GetBytes(id, buffer[4..]);
        BinaryPrimitives.WriteInt32BigEndian(buffer, length);
        _hash.AppendData(buffer[..(4 + length)]);
    }

    /// <summary>The digest, 32 bytes.</summary>
    public ImmutableArray<byte> Finish() => [.. _hash.GetHashAndReset()];

    /// <inheritdoc/>
    public void Dispose() => _hash.Dispose();
}
