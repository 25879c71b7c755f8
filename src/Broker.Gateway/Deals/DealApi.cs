using Broker.Gateway.Errors;
using Broker.Gateway.Identity;
using Broker.Gateway.Parsing;
using Broker.Grains.Deals;
using Broker.Protos.V1;
using Grpc.Core;

namespace Broker.Gateway.Deals;

/// <summary>Deals on the wire.</summary>
internal sealed class DealApi(IGrainFactory grains, DealProposals proposals, DealLists lists, UsageReader usages, Draining draining, TimeProvider time) : DealService.DealServiceBase
{
    public override async Task<ProposeDealResponse> ProposeDeal(ProposeDealRequest request, ServerCallContext context)
    {
        var command = DealParser.Parse(request, context.GetCaller());
        return new() { Deal = await proposals.ProposeAsync(command.Name, command.Partner, command.Terms, command.Caller) };
    }

    public override async Task<ApproveDealResponse> ApproveDeal(ApproveDealRequest request, ServerCallContext context)
    {
        var (name, caller) = DealParser.Parse(request, context.GetCaller());
        return new() { Deal = DealOf(name, await Grain(name).ApproveAsync(caller)) };
    }

    public override async Task<GetDealResponse> GetDeal(GetDealRequest request, ServerCallContext context)
    {
        var name = ResourceNames.ParseDeal(request.Name)!.Value;
        var view = await Grain(name).GetAsync() ?? throw RpcErrors.NotFound(request.Name);
        return new() { Deal = view.ToWire(name) };
    }

    public override Task<ListDealsResponse> ListDeals(ListDealsRequest request, ServerCallContext context) =>
        lists.ListAsync(request, context.GetCaller());

    public override async Task<AmendDealResponse> AmendDeal(AmendDealRequest request, ServerCallContext context)
    {
        var command = DealParser.Parse(request, context.GetCaller());
        var effectiveAt = command.EffectiveAt ?? time.GetUtcNow();
        return new() { Deal = DealOf(command.Name, await Grain(command.Name).AmendAsync(command.Terms, effectiveAt, command.Caller)) };
    }

    public override async Task<ApproveAmendmentResponse> ApproveAmendment(ApproveAmendmentRequest request, ServerCallContext context)
    {
        var (name, version, caller) = DealParser.Parse(request, context.GetCaller());
        return new() { Deal = DealOf(name, await Grain(name).ApproveAmendmentAsync(version, caller)) };
    }

    public override async Task<SuspendDealResponse> SuspendDeal(SuspendDealRequest request, ServerCallContext context)
    {
        var (name, caller) = DealParser.Parse(request, context.GetCaller());
        return new() { Deal = DealOf(name, await Grain(name).SuspendAsync(request.Reason, caller)) };
    }

    public override async Task<ResumeDealResponse> ResumeDeal(ResumeDealRequest request, ServerCallContext context)
    {
        var (name, caller) = DealParser.Parse(request, context.GetCaller());
        return new() { Deal = DealOf(name, await Grain(name).ResumeAsync(caller)) };
    }

    public override async Task<TerminateDealResponse> TerminateDeal(TerminateDealRequest request, ServerCallContext context)
    {
        var (name, caller) = DealParser.Parse(request, context.GetCaller());
        return new() { Deal = DealOf(name, await Grain(name).TerminateAsync(request.Reason, caller)) };
    }

    public override async Task<GetUsageResponse> GetUsage(GetUsageRequest request, ServerCallContext context) =>
        new() { Usage = await usages.ReadAsync(ResourceNames.ParseDeal(request.Deal)!.Value) };

    public override async Task WatchUsage(WatchUsageRequest request, IServerStreamWriter<WatchUsageResponse> responseStream, ServerCallContext context)
    {
        var (name, interval) = DealParser.Parse(request);
        using var timer = new PeriodicTimer(interval, time);
        Usage? last = null;
        do
        {
            var usage = await usages.ReadAsync(name);
            if (IsNews(last, usage)) await responseStream.WriteAsync(new WatchUsageResponse { Usage = last = usage }, context.CancellationToken);
        }
        while (await NextTickAsync(timer, context.CancellationToken));
    }

    private async Task<bool> NextTickAsync(PeriodicTimer timer, CancellationToken cancellationToken)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, draining.Begun);
        try
        {
            return await timer.WaitForNextTickAsync(either.Token);
        }
        catch (OperationCanceledException) when (draining.HasBegun && !cancellationToken.IsCancellationRequested)
        {
            throw Draining.GoElsewhere();
        }
    }

    // When it was read is no news.
    private static bool IsNews(Usage? last, Usage usage) => last is null || !usage.Equals(new Usage(last) { ReadTime = usage.ReadTime });

    private IDealGrain Grain(DealName name) => grains.GetGrain<IDealGrain>(name.GrainKey);

    private static Deal DealOf(DealName name, DealAnswer answer)
    {
        answer.Refusal.ThrowIfRefused();
        return answer.Deal!.ToWire(name);
    }
}
