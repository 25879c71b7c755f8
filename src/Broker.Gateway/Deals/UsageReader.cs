using Broker.Gateway.Errors;
using Broker.Gateway.Parsing;
using Broker.Grains.Deals;
using Broker.Grains.Partitions;
using Usage = Broker.Protos.V1.Usage;

namespace Broker.Gateway.Deals;

/// <summary>A deal's usage: its ledger, and from the partitions what no client has confirmed.</summary>
internal sealed class UsageReader(IGrainFactory grains)
{
    public async Task<Usage> ReadAsync(DealName name)
    {
        var deal = grains.GetGrain<IDealGrain>(name.GrainKey);
        var view = await deal.GetAsync();
        var usage = await deal.GetUsageAsync();
        if (view is null || usage is null) throw RpcErrors.NotFound(name.ToString());
        var deliveries = await Task.WhenAll(view.Partitions.Select(partition => DeliveriesAsync(name, partition)));
        return usage.ToWire(name, deliveries.Sum(one => one.UncertainRecords));
    }

    private Task<DealDeliveries> DeliveriesAsync(DealName name, int partition) =>
        grains.GetGrain<IPartitionGrain>(PartitionKeys.Of(name.Platform, partition)).GetDeliveriesAsync(name.Deal);
}
