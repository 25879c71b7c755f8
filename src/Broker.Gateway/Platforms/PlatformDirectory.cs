using System.Collections.Concurrent;
using Broker.Gateway.Errors;
using Broker.Gateway.Parsing;
using Broker.Grains.Platforms;

namespace Broker.Gateway.Platforms;

/// <summary>How many partitions each platform has. Chosen once, so what was read once holds.</summary>
public sealed class PlatformDirectory(IGrainFactory grains)
{
    private readonly ConcurrentDictionary<string, int> _partitionCounts = new(StringComparer.Ordinal);

    /// <summary>The platform's number of partitions.</summary>
    /// <exception cref="Grpc.Core.RpcException">NOT_FOUND: there is no such platform.</exception>
    public async ValueTask<int> PartitionCountAsync(string platform)
    {
        if (_partitionCounts.TryGetValue(platform, out var known)) return known;
        var view = await grains.GetGrain<IPlatformGrain>(platform).GetAsync() ?? throw RpcErrors.NotFound(ResourceNames.Platform(platform));
        return _partitionCounts[platform] = view.PartitionCount;
    }
}
