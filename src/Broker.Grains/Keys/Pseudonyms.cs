using System.Buffers.Text;
using System.Numerics;
using System.Security.Cryptography;
using System.Text;
using Broker.Domain.Releases;

namespace Broker.Grains.Keys;

/// <summary>Pseudonyms of one deal: base64url(HMAC-SHA-256), 43 characters. An empty value stays empty, and is not charged.</summary>
/// <remarks>Each field has a key of its own, derived from the deal's: the pseudonym of record 7 says nothing of user 7.</remarks>
public sealed class Pseudonyms
{
    private readonly byte[][] _keys;

    /// <summary>The pseudonyms under a deal's key.</summary>
    /// <param name="key">32 bytes.</param>
    public Pseudonyms(ReadOnlyMemory<byte> key) =>
        _keys = [.. Enumerable.Range(0, Number(RecordFields.All) + 1).Select(field => HMACSHA256.HashData(key.Span, [(byte)field]))];

    /// <summary>The pseudonym of a field's text.</summary>
    public string Of(RecordFields field, string value) => Of(field, Encoding.UTF8.GetBytes(value));

    /// <summary>The pseudonym of a field's text in UTF-8.</summary>
    /// <param name="field">One field.</param>
    /// <param name="value">What it holds.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="field"/> is not one field.</exception>
    public string Of(RecordFields field, ReadOnlySpan<byte> value)
    {
        if (!BitOperations.IsPow2((int)field)) throw new ArgumentOutOfRangeException(nameof(field), field, "Name one field.");
        if (value.IsEmpty) return "";
        Span<byte> mac = stackalloc byte[HMACSHA256.HashSizeInBytes];
        HMACSHA256.HashData(_keys[Number(field)], value, mac);
        return Base64Url.EncodeToString(mac);
    }

    private static int Number(RecordFields fields) => BitOperations.Log2((uint)fields);
}
