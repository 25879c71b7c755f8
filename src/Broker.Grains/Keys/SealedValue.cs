using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Broker.Grains.Logs;

namespace Broker.Grains.Keys;

/// <summary>Seals a value under a user's key: AES-256-GCM, bound to the log, the user and the purpose, so that a sealed
/// value cannot be moved. Its bytes: nonce (12), ciphertext (as long as the value), tag (16).</summary>
public static class SealedValue
{
    /// <summary>Bytes that sealing adds.</summary>
    public const int Overhead = NonceBytes + TagBytes;

    private const int NonceBytes = 12;
    private const int TagBytes = 16;
    private const int BoundNumbersBytes = 5;

    /// <summary>Seals a value.</summary>
    /// <param name="key">The user's key; its number is bound too.</param>
    /// <param name="log">The log that the value will stand in.</param>
    /// <param name="purpose">What the value is.</param>
    /// <param name="value">The value; may be empty.</param>
    /// <param name="entropy">Where the nonce comes from: never the same twice under one key.</param>
    public static byte[] Seal(UserKey key, LogName log, SealPurpose purpose, ReadOnlySpan<byte> value, IEntropy entropy)
    {
        var bytes = new byte[Overhead + value.Length];
        var nonce = bytes.AsSpan(0, NonceBytes);
        entropy.Fill(nonce);
        using var aes = new AesGcm(key.Key.Span, TagBytes);
        aes.Encrypt(nonce, value, bytes.AsSpan(NonceBytes, value.Length), bytes.AsSpan(^TagBytes..), Bound(key.User, log, purpose));
        return bytes;
    }

    /// <summary>Seals a text, in UTF-8.</summary>
    /// <inheritdoc cref="Seal"/>
    public static byte[] SealText(UserKey key, LogName log, SealPurpose purpose, string value, IEntropy entropy) =>
        Seal(key, log, purpose, Encoding.UTF8.GetBytes(value), entropy);

    /// <summary>The value that was sealed for this key, log and purpose.</summary>
    /// <exception cref="CryptographicException">Altered, moved, or sealed under another key.</exception>
    public static byte[] Unseal(UserKey key, LogName log, SealPurpose purpose, ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < Overhead) throw new CryptographicException($"A sealed value has at least {Overhead} bytes, not {bytes.Length}.");
        var value = new byte[bytes.Length - Overhead];
        using var aes = new AesGcm(key.Key.Span, TagBytes);
        aes.Decrypt(bytes[..NonceBytes], bytes[NonceBytes..^TagBytes], bytes[^TagBytes..], value, Bound(key.User, log, purpose));
        return value;
    }

    /// <summary>The text that was sealed for this key, log and purpose.</summary>
    /// <inheritdoc cref="Unseal"/>
    public static string UnsealText(UserKey key, LogName log, SealPurpose purpose, ReadOnlySpan<byte> bytes) =>
        Encoding.UTF8.GetString(Unseal(key, log, purpose, bytes));

    /// <summary>Purpose, user (big endian), log: fixed widths first, so no two contexts give the same bytes.</summary>
    private static byte[] Bound(int user, LogName log, SealPurpose purpose)
    {
        var bound = new byte[BoundNumbersBytes + Encoding.UTF8.GetByteCount(log.Value)];
        bound[0] = (byte)purpose;
        BinaryPrimitives.WriteInt32BigEndian(bound.AsSpan(1), user);
        Encoding.UTF8.GetBytes(log.Value, bound.AsSpan(BoundNumbersBytes));
        return bound;
    }
}
