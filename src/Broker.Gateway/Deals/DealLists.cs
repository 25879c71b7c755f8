using Broker.Gateway.Identity;
using Broker.Gateway.Parsing;
using Broker.Gateway.Platforms;
using Broker.Grains.Deals;
using Broker.Grains.Platforms;
using Broker.Protos.V1;

namespace Broker.Gateway.Deals;

/// <summary>Lists deals, of one platform or of all; a partner sees their own.</summary>
internal sealed class DealLists(IGrainFactory grains)
{
    private const int PlatformsAtOnce = 1_000;

    public async Task<ListDealsResponse> ListAsync(ListDealsRequest request, VerifiedCaller caller)
    {
        var (after, size) = PlatformParser.Page(request.PageToken, request.PageSize);
        var response = new ListDealsResponse();
        await foreach (var name in NamesAsync(request.Parent, after))
        {
            if (await VisibleAsync(name, caller) is not { } deal) continue;
            if (response.Deals.Count == size)
            {
                response.NextPageToken = PageTokens.After(response.Deals[^1].Name);
                break;
            }

            response.Deals.Add(deal);
        }

        return response;
    }

    // In the order of (platform, deal), which is what a page token names.
    private async IAsyncEnumerable<DealName> NamesAsync(string parent, string after)
    {
        var from = ResourceNames.ParseDeal(after);
        await foreach (var platform in PlatformsAsync(parent, from))
            foreach (var deal in await grains.GetGrain<IPlatformGrain>(platform).ListDealsAsync())
                if (from is null || platform != from.Value.Platform || string.CompareOrdinal(deal, from.Value.Deal) > 0)
                    yield return new DealName(platform, deal);
    }

    private async IAsyncEnumerable<string> PlatformsAsync(string parent, DealName? from)
    {
        if (ResourceNames.ParsePlatform(parent) is { } one)
        {
            yield return one;
            yield break;
        }

        var index = grains.GetGrain<IIndexGrain>("platforms");
        if (from is { } resumed) yield return resumed.Platform;
        var after = from?.Platform ?? "";
        for (var names = await index.ListAsync(after, PlatformsAtOnce); names.Count > 0; names = await index.ListAsync(names[^1], PlatformsAtOnce))
            foreach (var name in names)
                yield return name;
    }

    private async Task<Deal?> VisibleAsync(DealName name, VerifiedCaller caller)
    {
        var view = await grains.GetGrain<IDealGrain>(name.GrainKey).GetAsync();
        if (view is null) return null;
        return SeesAllOf(caller, name.Platform) || view.Partner == caller.Partner ? view.ToWire(name) : null;
    }

    private static bool SeesAllOf(VerifiedCaller caller, string platform) =>
        caller.Platform == platform && (caller.Roles & ~(Roles.Partner | Roles.User)) != 0
        || caller.Platform is null && (caller.Roles & (Roles.Operator | Roles.Auditor)) != 0;
}
