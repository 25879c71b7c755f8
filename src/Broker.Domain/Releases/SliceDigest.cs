using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;

namespace Broker.Domain.Releases;

/// <summary>The digest of a slice: SHA-256 over its records' ids in the order of users and <see cref="RowKey"/>, each as
/// four bytes of length (big endian) and its UTF-8 bytes. A client computes the same from what it got.</summary>
public sealed class SliceDigest : IDisposable
{
    private const int LengthBytes = sizeof(int);
    private const int IdBytesMax = 1024;

    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

    // Ids are hashed many at once: a call for each costs more than what it hashes.
    private readonly byte[] _waiting = new byte[4 * (LengthBytes + IdBytesMax)];
    private int _waitingBytes;

    /// <summary>Adds the next record's id (at most 256 UTF-8 bytes).</summary>
    public void Add(string id)
    {
        var room = Room();
        Take(room, Encoding.UTF8.GetBytes(id, room[LengthBytes..]));
    }

    /// <summary>Adds the next record's id in UTF-8 (at most 256 bytes).</summary>
    public void Add(ReadOnlySpan<byte> id)
    {
        var room = Room();
        id.CopyTo(room[LengthBytes..]);
        Take(room, id.Length);
    }

    /// <summary>The digest, 32 bytes.</summary>
    public ImmutableArray<byte> Finish()
    {
        Flush();
        return [.. _hash.GetHashAndReset()];
    }

    /// <inheritdoc/>
    public void Dispose() => _hash.Dispose();

    private Span<byte> Room()
    {
        if (_waiting.Length - _waitingBytes < LengthBytes + IdBytesMax) Flush();
        return _waiting.AsSpan(_waitingBytes);
    }

    private void Take(Span<byte> room, int length)
    {
        BinaryPrimitives.WriteInt32BigEndian(room, length);
        _waitingBytes += LengthBytes + length;
    }

    private void Flush()
    {
        _hash.AppendData(_waiting.AsSpan(0, _waitingBytes));
        _waitingBytes = 0;
    }
}
