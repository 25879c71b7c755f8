using System.Collections.Concurrent;
using Broker.Grains.Logs;

namespace Broker.Grains.Keys;

/// <summary>The pseudonyms of each deal: under a key of its own, so that two deals' data cannot be joined by them. The keys lie with the
/// users' keys.</summary>
public sealed class DealPseudonyms(IUserKeyStore keys)
{
    private readonly ConcurrentDictionary<(string Platform, string Deal), Pseudonyms> _known = new();

    /// <summary>A deal's pseudonyms; its key is made at the first asking.</summary>
    /// <exception cref="UserKeysUnavailableException">The store of keys does not answer.</exception>
    public async ValueTask<Pseudonyms> OfDealAsync(string platform, string deal, CancellationToken cancellationToken)
    {
        if (_known.TryGetValue((platform, deal), out var known)) return known;
        var made = await keys.CreateAsync(new LogName($"platforms/{platform}/deals/{deal}/pseudonyms"), [0], cancellationToken);
        return _known.GetOrAdd((platform, deal), new Pseudonyms(made[0].Key));
    }
}
