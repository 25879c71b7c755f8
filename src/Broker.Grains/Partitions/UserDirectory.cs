using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using Broker.Grains.Keys;
using Broker.Grains.Logs;

namespace Broker.Grains.Partitions;

/// <summary>A partition's users by the platform's ids: read from what is sealed in the log, never written anywhere.</summary>
internal sealed class UserDirectory(LogName log, IUserKeyStore keys, IEntropy entropy)
{
    private readonly Dictionary<string, int> _numbers = new(StringComparer.Ordinal);
    private readonly List<string?> _ids = [];

    /// <summary>The user's number, or −1.</summary>
    public int NumberOf(string userId) => _numbers.GetValueOrDefault(userId, -1);

    /// <summary>The user's id at the platform, or null once their key is destroyed.</summary>
    public string? IdOf(int user) => user < _ids.Count ? _ids[user] : null;

    /// <summary>Unseals every user whose key still stands. A number that was passed over has none sealed.</summary>
    /// <exception cref="CryptographicException">A sealed id is not what was sealed.</exception>
    public async Task LoadAsync(IReadOnlyList<ImmutableArray<byte>> sealedIds, CancellationToken cancellationToken)
    {
        while (_ids.Count < sealedIds.Count) _ids.Add(null);
        await foreach (var key in keys.LoadAsync(log, cancellationToken))
            if (key.User < sealedIds.Count && !sealedIds[key.User].IsEmpty)
                Set(key.User, SealedValue.UnsealText(key, log, SealPurpose.PlatformUserId, sealedIds[key.User].AsSpan()));
    }

    /// <summary>Seals new users' ids under keys of their own, which are durable before this returns.</summary>
    public async Task<ImmutableArray<ImmutableArray<byte>>> SealAsync(int firstNumber, IReadOnlyList<string> userIds)
    {
        var numbers = Enumerable.Range(firstNumber, userIds.Count).ToList();
        var made = await keys.CreateAsync(log, numbers, CancellationToken.None);
        return [.. made.Select((key, index) => ImmutableArray.Create(SealedValue.SealText(key, log, SealPurpose.PlatformUserId, userIds[index], entropy)))];
    }

    /// <summary>Seals a record's id under its user's key.</summary>
    public async Task<ImmutableArray<byte>> SealRecordAsync(int user, string recordId)
    {
        var key = await keys.GetAsync(log, user, CancellationToken.None)
            ?? throw new InvalidOperationException($"User {user} has no key, but a record.");
        return [.. SealedValue.SealText(key, log, SealPurpose.RecordId, recordId, entropy)];
    }

    /// <summary>Knows a user from now on.</summary>
    public void Set(int user, string userId)
    {
        while (_ids.Count <= user) _ids.Add(null);
        _ids[user] = userId;
        _numbers[userId] = user;
    }

    /// <summary>Forgets a user whose key is destroyed.</summary>
    public async Task DestroyAsync(int user)
    {
        await keys.DestroyAsync(log, [user], CancellationToken.None);
        if (IdOf(user) is { } userId) _numbers.Remove(userId);
        if (user < _ids.Count) _ids[user] = null;
    }

    /// <summary>The keyed hash of a user id for the suppression list: HMAC-SHA-256 under a key of the partition's own, that
    /// lies with the users' keys.</summary>
    public async Task<byte[]> SuppressionHashAsync(string userId) => SuppressionHash(await SuppressionKeyAsync(), userId);

    /// <summary>The hashes of several ids.</summary>
    public async Task<IReadOnlyList<byte[]>> SuppressionHashesAsync(IReadOnlyList<string> userIds)
    {
        var key = await SuppressionKeyAsync();
        return [.. userIds.Select(userId => SuppressionHash(key, userId))];
    }

    private static byte[] SuppressionHash(UserKey key, string userId) => HMACSHA256.HashData(key.Key.Span, Encoding.UTF8.GetBytes(userId));

    private async Task<UserKey> SuppressionKeyAsync() =>
        (await keys.CreateAsync(new LogName(log.Value + "/suppression"), [0], CancellationToken.None))[0];
}
