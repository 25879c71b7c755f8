using Broker.Grains.Keys;
using Broker.Grains.Logs;

namespace Broker.Gateway.Tests.Pulls;

/// <summary>The one key that a pull asks for: the deal's pseudonyms'.</summary>
internal sealed class OneKey : IUserKeyStore
{
    public static byte[] Key { get; } = [.. Enumerable.Range(0, UserKey.Bytes).Select(value => (byte)value)];

    public Task<IReadOnlyList<UserKey>> CreateAsync(LogName partition, IReadOnlyList<int> users, CancellationToken cancellationToken)
    {
        Assert.Equal("platforms/acme/deals/pact/pseudonyms", partition.Value);
        return Task.FromResult<IReadOnlyList<UserKey>>([new UserKey(users.Single(), Key)]);
    }

    public IAsyncEnumerable<UserKey> LoadAsync(LogName partition, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<UserKey?> GetAsync(LogName partition, int user, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task DestroyAsync(LogName partition, IReadOnlyList<int> users, CancellationToken cancellationToken) => throw new NotSupportedException();
}
