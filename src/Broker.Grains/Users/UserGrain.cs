using Broker.Domain;
using Broker.Domain.Consents;
using Broker.Grains.Deals;
using Broker.Grains.Partitions;
using Broker.Grains.Platforms;
using Orleans.Concurrency;

namespace Broker.Grains.Users;

/// <summary>Finds a person's partition and asks it. Holds nothing but the way there.</summary>
[Reentrant]
[CollectionAgeLimit(Minutes = 2)]
internal sealed class UserGrain : Grain, IUserGrain
{
    private string _platform = "";
    private string _userId = "";
    private IPartitionGrain? _partition;

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        var key = this.GetPrimaryKeyString();
        var slash = key.IndexOf('/', StringComparison.Ordinal);
        (_platform, _userId) = (key[..slash], key[(slash + 1)..]);
        return Task.CompletedTask;
    }

    public Task<Refusal?> DecideAsync(ConsentDecision decision, bool isDated, Caller caller) =>
        AskAsync(partition => partition.DecideAsync(_userId, decision, isDated, caller));

    public async Task<ConsentView?> GetConsentAsync() =>
        await FindPartitionAsync() is { } partition ? await partition.GetConsentAsync(_userId) : null;

    public Task<Refusal?> RemoveRecordAsync(string dataset, string recordId) =>
        AskAsync(partition => partition.RemoveRecordAsync(_userId, dataset, recordId));

    public Task<Refusal?> EraseAsync() => AskAsync(partition => partition.EraseUserAsync(_userId));

    public async Task<UserReport?> ReportAsync() =>
        await FindPartitionAsync() is { } partition ? await partition.ReportAsync(_userId) : null;

    private async Task<Refusal?> AskAsync(Func<IPartitionGrain, Task<Refusal?>> ask) =>
        await FindPartitionAsync() is { } partition
            ? await ask(partition)
            : new Refusal(RefusalReason.NotFound, $"No platform '{_platform}' is registered.", "platform");

    private async Task<IPartitionGrain?> FindPartitionAsync()
    {
        if (_partition is not null) return _partition;
        if (await GrainFactory.GetGrain<IPlatformGrain>(_platform).GetAsync() is not { } platform) return null;
        return _partition = GrainFactory.GetGrain<IPartitionGrain>(PartitionKeys.Of(_platform, PartitionKeys.IndexOf(_userId, platform.PartitionCount)));
    }
}
