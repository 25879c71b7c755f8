using Microsoft.IdentityModel.Tokens;

namespace Broker.Gateway.Identity.Issuers;

/// <summary>An issuer's keys as they were read once, and the tokens that they verified: with the keys the tokens are forgotten, so that none
/// outlives the key that signed it.</summary>
/// <param name="keys">The keys.</param>
/// <param name="verified">A memory of its own.</param>
/// <param name="readAt">When they were read: a timestamp of the clock.</param>
internal sealed class KeySet(IEnumerable<SecurityKey> keys, VerifiedTokens verified, long readAt)
{
    private readonly ILookup<string, SecurityKey> _keys = keys.ToLookup(key => key.KeyId, StringComparer.Ordinal);

    /// <summary>When they were read: a timestamp of the clock.</summary>
    public long ReadAt => readAt;

    /// <summary>The tokens that these keys verified.</summary>
    public VerifiedTokens Verified => verified;

    /// <summary>The keys of an id; none for an unknown one.</summary>
    public IReadOnlyList<SecurityKey> Find(string id) => [.. _keys[id]];
}
