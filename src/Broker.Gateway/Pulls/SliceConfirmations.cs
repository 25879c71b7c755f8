using Broker.Gateway.Errors;
using Broker.Gateway.Parsing;
using Broker.Gateway.Platforms;
using Broker.Grains.Partitions;
using Broker.Protos.V1;
using Grpc.Core;

namespace Broker.Gateway.Pulls;

/// <summary>What clients say of slices: that they hold them, or that they came late.</summary>
internal sealed class SliceConfirmations(IGrainFactory grains, PlatformDirectory platforms, PullMeter meter, ILogger<SliceConfirmations> logger)
{
    /// <summary>Confirms slices and reports late ones; all are looked at before the first is confirmed.</summary>
    /// <param name="request">The request; its deal's name is one.</param>
    /// <exception cref="RpcException">INVALID_ARGUMENT: a field is wrong, or the deal has no such slice; nothing is confirmed.</exception>
    public async Task ConfirmAsync(ConfirmSlicesRequest request)
    {
        var count = await platforms.PartitionCountAsync(ResourceNames.ParseDeal(request.Deal)!.Value.Platform);
        var (deal, slices, late) = PullParser.Parse(request, count);
        await RequireKnownAsync("slices", deal, slices);
        await RequireKnownAsync("late_slices", deal, late);
        Report(deal, late);
        var refusals = await Task.WhenAll(slices.Select(part => At(deal, part.Partition).ConfirmSlicesAsync(deal.Deal, part.Round, part.Numbers)));
        foreach (var refusal in refusals) refusal.ThrowIfRefused();
    }

    /// <exception cref="RpcException">INVALID_ARGUMENT: the deal has no such slice.</exception>
    private async Task RequireKnownAsync(string field, DealName deal, IReadOnlyList<SliceNumbers> slices)
    {
        var unknown = await Task.WhenAll(slices.Select(part => At(deal, part.Partition).CheckSlicesAsync(deal.Deal, part.Round, part.Numbers)));
        if (Array.Find(unknown, refusal => refusal is not null) is { } refused) throw RpcErrors.InvalidField(field, refused.Message);
    }

    private void Report(DealName deal, IReadOnlyList<SliceNumbers> late)
    {
        foreach (var part in late)
        {
            PullLog.LateSlices(logger, deal.ToString(), part.Partition, part.Round, part.Numbers[0], part.Numbers.Count);
            meter.Late(part.Numbers.Count);
        }
    }

    private IPartitionGrain At(DealName deal, int partition) => grains.GetGrain<IPartitionGrain>(PartitionKeys.Of(deal.Platform, partition));
}
