using Broker.Grains.Pulls;

namespace Broker.Gateway.Pulls;

/// <summary>Hears that slices of one stream were revoked, and stops them early; and that a partition may have more.</summary>
internal sealed class PullObserver(Func<int, PartitionPuller?> pullerOf) : IPullObserver
{
    public void Revoked(int partition, SliceName slice) => pullerOf(partition)?.Revoke(slice);

    public void MayHaveMore(int partition) => pullerOf(partition)?.Wake();
}
