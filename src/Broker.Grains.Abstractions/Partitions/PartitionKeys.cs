using System.Globalization;
using System.Numerics;
using System.Security.Cryptography;
using System.Text;

namespace Broker.Grains.Partitions;

/// <summary>Which partition holds a user, and the grain keys of partitions: <c>{platform}/{index}</c>.</summary>
public static class PartitionKeys
{
    private const int UserIdBytesUsual = 256;

    /// <summary>The grain key of a partition.</summary>
    public static string Of(string platform, int index) => string.Create(CultureInfo.InvariantCulture, $"{platform}/{index}");

    /// <summary>Platform and index of a grain key.</summary>
    public static (string Platform, int Index) Parse(string key)
    {
        var slash = key.LastIndexOf('/');
        return (key[..slash], int.Parse(key.AsSpan(slash + 1), NumberStyles.None, CultureInfo.InvariantCulture));
    }

    /// <summary>The partition of a user: the first bits of SHA-256 of the platform's user id.</summary>
    /// <param name="userId">The platform's user id.</param>
    /// <param name="count">Partitions, a power of two from 1 to 65,536.</param>
    public static int IndexOf(string userId, int count)
    {
        Span<byte> hash = stackalloc byte[32];
        Span<byte> utf8 = stackalloc byte[UserIdBytesUsual];
        if (Encoding.UTF8.TryGetBytes(userId, utf8, out var length)) SHA256.HashData(utf8[..length], hash);
        else SHA256.HashData(Encoding.UTF8.GetBytes(userId), hash);
        var first = (hash[0] << 8) | hash[1];
        return first >> (16 - BitOperations.Log2((uint)count));
    }
}
