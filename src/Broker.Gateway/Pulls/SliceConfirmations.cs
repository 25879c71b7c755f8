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
    /// <summary>Confirms slices and reports late ones; all are looked at before the first is confirmed. Where releases are named, those that the log does
    /// not hold (it was restored from a backup that lacks them) are named in the answer instead.</summary>
    /// <param name="request">The request; its deal's name is one.</param>
    /// <exception cref="RpcException">INVALID_ARGUMENT: a field is wrong, or the deal has no such slice; nothing is confirmed.</exception>
    public async Task<ConfirmSlicesResponse> ConfirmAsync(ConfirmSlicesRequest request)
    {
        var count = await platforms.PartitionCountAsync(ResourceNames.ParseDeal(request.Deal)!.Value.Platform);
        var (deal, slices, late) = PullParser.Parse(request, count);
        var named = slices.Where(part => part.Releases is null).ToList();
        await RequireKnownAsync("slices", deal, named);
        await RequireKnownAsync("late_slices", deal, late);
        Report(deal, late);
        var refusals = await Task.WhenAll(named.Select(part => At(deal, part.Partition).ConfirmSlicesAsync(deal.Deal, part.Round, part.Numbers)));
        foreach (var refusal in refusals) refusal.ThrowIfRefused();
        var lost = await Task.WhenAll(slices.Where(part => part.Releases is not null).Select(part => ConfirmReleasesAsync(deal, part)));
        return new ConfirmSlicesResponse { Lost = { lost.SelectMany(ranges => ranges) } };
    }

    private async Task<IEnumerable<SliceRange>> ConfirmReleasesAsync(DealName deal, SliceNumbers part)
    {
        var lost = await At(deal, part.Partition).ConfirmReleasesAsync(deal.Deal, part.Round, part.Numbers, part.Releases!);
        if (lost.Length > 0) PullLog.LostSlices(logger, deal.ToString(), part.Partition, part.Round, lost[0], lost.Length);
        return part.RangesOf(lost);
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
