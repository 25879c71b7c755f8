using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;

namespace Broker.Gateway.Identity;

/// <summary>A bounded memory of verified tokens: a signature costs more to verify than most calls do. Emptied when full.</summary>
/// <param name="time">The clock.</param>
/// <param name="skew">How far a token's end may lie in the past.</param>
internal sealed class VerifiedTokens(TimeProvider time, TimeSpan skew)
{
    private const int CountMax = 4_096;

    private readonly ConcurrentDictionary<string, VerifiedCaller> _callers = new(StringComparer.Ordinal);

    /// <summary>SHA-256 of a token, hex: under this it is remembered, never itself.</summary>
    public static string DigestOf(string token) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(token)));

    /// <summary>Whether the token is remembered.</summary>
    /// <param name="digest">Its digest.</param>
    /// <param name="caller">Whom it stands for; null where it has ended since.</param>
    public bool TryGet(string digest, out VerifiedCaller? caller)
    {
        if (!_callers.TryGetValue(digest, out caller)) return false;
        if (time.GetUtcNow() - caller.ExpiresAt >= skew) caller = null;
        return true;
    }

    /// <summary>Remembers whom a token stands for.</summary>
    public void Remember(VerifiedCaller caller)
    {
        if (_callers.Count >= CountMax) _callers.Clear();
        _callers[caller.TokenDigest] = caller;
    }
}
