using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace Broker.Grains.Keys;

/// <summary>Pseudonyms under one key: base64url(HMAC-SHA-256), 43 characters. An empty value stays empty, and is not charged.</summary>
/// <param name="key">32 bytes.</param>
public sealed class Pseudonyms(ReadOnlyMemory<byte> key)
{
    /// <summary>The pseudonym of a text.</summary>
    public string Of(string value) => Of(Encoding.UTF8.GetBytes(value));

    /// <summary>The pseudonym of a text in UTF-8.</summary>
    public string Of(ReadOnlySpan<byte> value)
    {
        if (value.IsEmpty) return "";
        Span<byte> mac = stackalloc byte[HMACSHA256.HashSizeInBytes];
        HMACSHA256.HashData(key.Span, value, mac);
        return Base64Url.EncodeToString(mac);
    }
}
