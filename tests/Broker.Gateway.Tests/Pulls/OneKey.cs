using Broker.Grains.Keys;
using Broker.Grains.Logs;

namespace Broker.Gateway.Tests.Pulls;

/// <summary>The keys that pulls ask for, which are one: the deal's pseudonyms' and its tickets'.</summary>
internal sealed class OneKey : IUserKeyStore
{
    public static byte[] Key { get; } = [.. Enumerable.Range(0, UserKey.Bytes).Select(value => (byte)value)];

    public Task<IReadOnlyList<UserKey>> CreateAsync(LogName partition, IReadOnlyList<int> users, CancellationToken cancellationToken)
    {
        Assert.Contains(partition.Value, (string[])["platforms/acme/deals/pact/pseudonyms", "platforms/acme/deals/pact/flight-tickets"]);
        return Task.FromResult<IReadOnlyList<UserKey>>([new UserKey(users.Single(), Key)]);
    }

    public IAsyncEnumerable<UserKey> LoadAsync(LogName partition, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<IReadOnlyList<int>> ListDestroyedAsync(LogName partition, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<UserKey?> GetAsync(LogName partition, int user, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task DestroyAsync(LogName partition, IReadOnlyList<int> users, CancellationToken cancellationToken) => throw new NotSupportedException();
}
