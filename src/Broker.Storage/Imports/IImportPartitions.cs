using Broker.Domain;
using Broker.Grains.Partitions;

namespace Broker.Storage.Imports;

/// <summary>What an import asks of a platform's partitions; in tests a memory, in a node the grains.</summary>
internal interface IImportPartitions
{
    /// <inheritdoc cref="IPartitionGrain.GetManifestAsync"/>
    Task<PartitionManifest> GetManifestAsync(int partition, string dataset);

    /// <inheritdoc cref="IPartitionGrain.EnsureUsersAsync"/>
    Task<int[]> EnsureUsersAsync(int partition, IReadOnlyList<string> userIds);

    /// <summary>How many users a partition knows.</summary>
    Task<int> UserCountAsync(int partition);

    /// <inheritdoc cref="IPartitionGrain.CommitImportAsync"/>
    Task<Refusal?> CommitAsync(int partition, ImportCommit commit);
}
