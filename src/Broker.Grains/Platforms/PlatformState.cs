using Broker.Domain.Consents;

namespace Broker.Grains.Platforms;

/// <summary>What lies in grain storage of a platform. No promise rests on it: what is in force stands in the partitions' logs.</summary>
[GenerateSerializer]
internal sealed class PlatformState
{
    /// <summary>For people; empty where the platform is not registered.</summary>
    [Id(0)]
    public string DisplayName { get; set; } = "";

    /// <summary>Partitions; 0 where the platform is not registered.</summary>
    [Id(1)]
    public int PartitionCount { get; set; }

    /// <summary>When it was registered.</summary>
    [Id(2)]
    public DateTimeOffset CreatedAt { get; set; }

    /// <summary>Announced policies, oldest first.</summary>
    [Id(3)]
    public List<Policy> Policies { get; init; } = [];

    /// <summary>Datasets by id.</summary>
    [Id(4)]
    public List<DatasetView> Datasets { get; init; } = [];

    /// <summary>The ids of deals.</summary>
    [Id(5)]
    public SortedSet<string> Deals { get; init; } = new(StringComparer.Ordinal);
}
