using Broker.Domain;
using Broker.Domain.Consents;

namespace Broker.Grains.Platforms;

/// <summary>A platform: who holds the data; the tenant. Key: its id.</summary>
public interface IPlatformGrain : IGrainWithStringKey
{
    /// <summary>Registers the platform and creates its partitions; a repeat with the same values changes nothing.</summary>
    [ResponseTimeout("00:02:00")]
    Task<PlatformAnswer> CreateAsync(string displayName, int partitionCount);

    /// <summary>The platform, or null where it is not registered.</summary>
    Task<PlatformView?> GetAsync();

    /// <summary>Announces the next policy in every partition; answered when all have it (and, where it narrows at once, have
    /// stopped what it does not carry any more).</summary>
    /// <param name="policy">The policy; version 0 stands for the next.</param>
    [ResponseTimeout("00:02:00")]
    Task<PolicyAnswer> SetPolicyAsync(Policy policy);

    /// <summary>Adds a dataset; a repeat with the same values changes nothing.</summary>
    Task<Refusal?> CreateDatasetAsync(string dataset, string displayName);

    /// <summary>Adds a deal to the platform's list; idempotent.</summary>
    Task AddDealAsync(string deal);

    /// <summary>The ids of the platform's deals, in order.</summary>
    Task<IReadOnlyList<string>> ListDealsAsync();
}

/// <summary>A platform as registered.</summary>
/// <param name="Id">Its id.</param>
/// <param name="DisplayName">For people.</param>
/// <param name="PartitionCount">A power of two.</param>
/// <param name="CreatedAt">When it was registered, UTC.</param>
/// <param name="Policies">Every announced policy, oldest first.</param>
/// <param name="Datasets">Its datasets, by id.</param>
[GenerateSerializer, Immutable]
public sealed record PlatformView(
    [property: Id(0)] string Id,
    [property: Id(1)] string DisplayName,
    [property: Id(2)] int PartitionCount,
    [property: Id(3)] DateTimeOffset CreatedAt,
    [property: Id(4)] IReadOnlyList<Policy> Policies,
    [property: Id(5)] IReadOnlyList<DatasetView> Datasets);

/// <summary>A dataset.</summary>
[GenerateSerializer, Immutable]
public sealed record DatasetView(
    [property: Id(0)] string Id,
    [property: Id(1)] string DisplayName,
    [property: Id(2)] DateTimeOffset CreatedAt);

/// <summary>The platform, or why not.</summary>
[GenerateSerializer, Immutable]
public sealed record PlatformAnswer([property: Id(0)] PlatformView? Platform, [property: Id(1)] Refusal? Refusal);

/// <summary>The policy as it stands, or why not.</summary>
[GenerateSerializer, Immutable]
public sealed record PolicyAnswer([property: Id(0)] Policy? Policy, [property: Id(1)] Refusal? Refusal);
