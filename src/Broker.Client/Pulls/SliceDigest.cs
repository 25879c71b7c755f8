using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Broker.Client.Pulls;

/// <summary>The digest of a slice, as <c>SliceEnd.digest</c> defines it.</summary>
internal sealed class SliceDigest : IDisposable
{
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

    /// <summary>Adds the next record's id.</summary>
    public void Add(string id)
    {
        var bytes = Encoding.UTF8.GetBytes(id);
        Span<byte> length = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(length, bytes.Length);
        _hash.AppendData(length);
        _hash.AppendData(bytes);
    }

    /// <summary>Whether the ids added so far have this digest.</summary>
    public bool Equals(ReadOnlySpan<byte> digest) => CryptographicOperations.FixedTimeEquals(_hash.GetCurrentHash(), digest);

    /// <inheritdoc/>
    public void Dispose() => _hash.Dispose();
}
