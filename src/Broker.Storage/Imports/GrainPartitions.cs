using Broker.Domain;
using Broker.Grains.Partitions;

namespace Broker.Storage.Imports;

/// <summary>A platform's partitions as grains.</summary>
internal sealed class GrainPartitions(IGrainFactory grains, string platform) : IImportPartitions
{
    public Task<PartitionManifest> GetManifestAsync(int partition, string dataset) => At(partition).GetManifestAsync(dataset);

    public Task<int[]> EnsureUsersAsync(int partition, IReadOnlyList<string> userIds) => At(partition).EnsureUsersAsync(userIds);

    public async Task<int> UserCountAsync(int partition) => (await At(partition).GetStatusAsync()).Users;

    public Task<Refusal?> CommitAsync(int partition, ImportCommit commit) => At(partition).CommitImportAsync(commit);

    private IPartitionGrain At(int partition) => grains.GetGrain<IPartitionGrain>(PartitionKeys.Of(platform, partition));
}
