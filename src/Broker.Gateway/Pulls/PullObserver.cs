using Broker.Grains.Pulls;

namespace Broker.Gateway.Pulls;

/// <summary>Hears that slices of one stream were revoked, and stops them early.</summary>
internal sealed class PullObserver(Func<int, PartitionPuller?> pullerOf) : IPullObserver
{
    public void Revoked(int partition, SliceName slice) => pullerOf(partition)?.Revoke(slice);
}
