using System.Collections.Concurrent;
using Broker.Gateway.Identity;
using Broker.Gateway.Parsing;
using Broker.Grains.Deals;

namespace Broker.Gateway.Deals;

/// <summary>Whose a deal is, from the deal itself. A deal's partner never changes, so what was read once holds.</summary>
internal sealed class DealTenantResolver(IGrainFactory grains) : ITenantResolver
{
    private readonly ConcurrentDictionary<DealName, string> _partners = new();

    public async ValueTask<string?> PartnerOfDealAsync(string platform, string deal)
    {
        var name = new DealName(platform, deal);
        if (_partners.TryGetValue(name, out var known)) return known;
        var view = await grains.GetGrain<IDealGrain>(name.GrainKey).GetAsync();
        if (view is not null) _partners[name] = view.Partner;
        return view?.Partner;
    }
}
