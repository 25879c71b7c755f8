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
        Span<byte> pseudonym = stackalloc byte[FieldPolicy.PseudonymBytes];
        return Encoding.UTF8.GetString(Write(field, value, pseudonym));
    }

    /// <summary>The pseudonym of a field's text in UTF-8, as UTF-8.</summary>
    /// <param name="field">One field.</param>
    /// <param name="value">What it holds.</param>
    /// <param name="into"><see cref="FieldPolicy.PseudonymBytes"/> bytes.</param>
    /// <returns>What was written of them: all, or nothing for an empty value.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="field"/> is not one field.</exception>
    public ReadOnlySpan<byte> Write(RecordFields field, ReadOnlySpan<byte> value, Span<byte> into)
    {
        if (!BitOperations.IsPow2((int)field)) throw new ArgumentOutOfRangeException(nameof(field), field, "Name one field.");
        if (value.IsEmpty) return default;
        Span<byte> mac = stackalloc byte[HMACSHA256.HashSizeInBytes];
        HMACSHA256.HashData(_keys[Number(field)], value, mac);
        return into[..Base64Url.EncodeToUtf8(mac, into)];
    }

    private static int Number(RecordFields fields) => BitOperations.Log2((uint)fields);
}
