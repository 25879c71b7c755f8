using Broker.Gateway.Errors;
using Broker.Gateway.Identity;
using Broker.Gateway.Parsing;
using Broker.Gateway.Platforms;
using Broker.Grains.Partners;
using Broker.Grains.Platforms;
using Broker.Protos.V1;
using Grpc.Core;

namespace Broker.Gateway.Partners;

/// <summary>Partners and their training runs on the wire.</summary>
internal sealed class PartnerApi(IGrainFactory grains, PlatformDirectory platforms, ITenantResolver tenants) : PartnerService.PartnerServiceBase
{
    public override async Task<CreatePartnerResponse> CreatePartner(CreatePartnerRequest request, ServerCallContext context)
    {
        var (id, displayName) = PartnerParser.Parse(request);
        var answer = await grains.GetGrain<IPartnerGrain>(id).CreateAsync(displayName);
        answer.Refusal.ThrowIfRefused();
        return new() { Partner = answer.Partner!.ToWire() };
    }

    public override async Task<GetPartnerResponse> GetPartner(GetPartnerRequest request, ServerCallContext context)
    {
        var view = await grains.GetGrain<IPartnerGrain>(ResourceNames.ParsePartner(request.Name)!).GetAsync();
        return new() { Partner = view?.ToWire() ?? throw RpcErrors.NotFound(request.Name) };
    }

    public override async Task<ListPartnersResponse> ListPartners(ListPartnersRequest request, ServerCallContext context)
    {
        var (after, size) = PlatformParser.Page(request.PageToken, request.PageSize);
        var names = await VisibleAsync(context.GetCaller(), after, size);
        var views = await Task.WhenAll(names.Take(size).Select(name => grains.GetGrain<IPartnerGrain>(name).GetAsync()));
        var response = new ListPartnersResponse { NextPageToken = names.Count > size ? PageTokens.After(names[size - 1]) : "" };
        response.Partners.Add(views.OfType<PartnerView>().Select(view => view.ToWire()));
        return response;
    }

    public override async Task<RegisterTrainingRunResponse> RegisterTrainingRun(RegisterTrainingRunRequest request, ServerCallContext context)
    {
        var deal = ResourceNames.ParseDeal(request.TrainingRun.Deal)!.Value;
        var run = PartnerParser.Parse(request, await platforms.PartitionCountAsync(deal.Platform));
        var partner = await PartnerOfAsync(deal);
        var answer = await grains.GetGrain<IPartnerGrain>(partner).RegisterTrainingRunAsync(run);
        answer.Refusal.ThrowIfRefused();
        return new() { TrainingRun = answer.Run!.ToWire() };
    }

    public override async Task<ListTrainingRunsResponse> ListTrainingRuns(ListTrainingRunsRequest request, ServerCallContext context)
    {
        var (after, size) = PlatformParser.Page(request.PageToken, request.PageSize);
        var deal = ResourceNames.ParseDeal(request.Deal)!.Value;
        var runs = await grains.GetGrain<IPartnerGrain>(await PartnerOfAsync(deal)).ListTrainingRunsAsync(deal.Platform, deal.Deal);
        var (page, next) = PageTokens.Cut(runs, run => run.RunId, after, size);
        var response = new ListTrainingRunsResponse { NextPageToken = next };
        response.TrainingRuns.Add(page.Select(run => run.ToWire()));
        return response;
    }

    private async ValueTask<string> PartnerOfAsync(DealName deal) =>
        await tenants.PartnerOfDealAsync(deal.Platform, deal.Deal) ?? throw RpcErrors.NotFound(deal.ToString());

    // One name more than the page, to know whether there is a next one. A mere partner sees itself only.
    private async Task<IReadOnlyList<string>> VisibleAsync(VerifiedCaller caller, string after, int size)
    {
        if ((caller.Roles & ~(Roles.Partner | Roles.User)) == 0)
            return caller.Partner is { } own && string.CompareOrdinal(own, after) > 0 ? [own] : [];
        var index = grains.GetGrain<IIndexGrain>("partners");
        var names = (await index.ListAsync(after, size)).ToList();
        if (names.Count == size) names.AddRange(await index.ListAsync(names[^1], 1));
        return names;
    }
}
