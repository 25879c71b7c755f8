using Broker.Domain.Deals;
using Broker.Gateway.Errors;
using Broker.Gateway.Parsing;
using Broker.Grains.Deals;
using Broker.Grains.Partners;
using Broker.Grains.Platforms;
using Wire = Broker.Protos.V1;

namespace Broker.Gateway.Deals;

/// <summary>Proposes deals: what they name has to exist.</summary>
internal sealed class DealProposals(IGrainFactory grains)
{
    public async Task<Wire.Deal> ProposeAsync(DealName name, string partner, ContractTerms terms, Caller caller)
    {
        var view = await grains.GetGrain<IPlatformGrain>(name.Platform).GetAsync() ?? throw RpcErrors.NotFound(ResourceNames.Platform(name.Platform));
        RequireDatasets(view, terms);
        await RequirePartnerAsync(partner);
        var answer = await grains.GetGrain<IDealGrain>(name.GrainKey).ProposeAsync(partner, terms, caller);
        answer.Refusal.ThrowIfRefused();
        return answer.Deal!.ToWire(name);
    }

    private static void RequireDatasets(PlatformView view, ContractTerms terms)
    {
        var known = view.Datasets.Select(dataset => dataset.Id).ToHashSet(StringComparer.Ordinal);
        var fields = new RequestFields();
        for (var index = 0; index < terms.Scope.Datasets.Length; index++)
            if (!known.Contains(terms.Scope.Datasets[index]))
                fields.Refuse($"terms.scope.datasets[{index}]", "There is no such dataset.");
        fields.ThrowIfAnyIsWrong();
    }

    private async Task RequirePartnerAsync(string partner)
    {
        if (await grains.GetGrain<IPartnerGrain>(partner).GetAsync() is null)
            throw RpcErrors.InvalidField("partner", "There is no such partner. Register it first.");
    }
}
