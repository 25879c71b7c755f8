using System.Numerics;
using Broker.Domain;
using Broker.Domain.Consents;
using Broker.Domain.Platforms;
using Broker.Grains.Partitions;
using Broker.Grains.States;

namespace Broker.Grains.Platforms;

/// <summary>A platform's registration, policy and datasets; what it orders, its partitions make durable.</summary>
internal sealed class PlatformGrain(
    [PersistentState("platform", "Default")] IPersistentState<PlatformState> storage, TimeProvider time) : Grain, IPlatformGrain
{
    private PlatformState State => storage.State;

    private string Id => this.GetPrimaryKeyString();

    private IEnumerable<IPartitionGrain> Partitions =>
        Enumerable.Range(0, State.PartitionCount).Select(index => GrainFactory.GetGrain<IPartitionGrain>(PartitionKeys.Of(Id, index)));

    public async Task<PlatformAnswer> CreateAsync(string displayName, int partitionCount)
    {
        if (Validate(displayName, partitionCount) is { } refusal) return new PlatformAnswer(null, refusal);
        if (State.PartitionCount == 0)
        {
            (State.DisplayName, State.PartitionCount, State.CreatedAt) = (displayName, partitionCount, time.GetUtcNow());
            await this.WriteOrForgetAsync(storage);
        }

        // Again with each repeat: a crash may have come between the registration and its partitions.
        var refusals = await Task.WhenAll(Partitions.Select(partition => partition.CreateAsync(State.PartitionCount)));
        await GrainFactory.GetGrain<IIndexGrain>("platforms").AddAsync(Id);
        var refused = refusals.FirstOrDefault(answer => answer is not null);
        return new PlatformAnswer(refused is null ? View() : null, refused);
    }

    public Task<PlatformView?> GetAsync() => Task.FromResult(State.PartitionCount == 0 ? null : View());

    public async Task<PolicyAnswer> SetPolicyAsync(Policy policy)
    {
        if (State.PartitionCount == 0) return new PolicyAnswer(null, NotRegistered());
        var next = policy.Version == 0 ? policy with { Version = NextVersion(policy) } : policy;
        var known = State.Policies.Find(announced => announced.Version == next.Version);
        if (known is null)
        {
            if (next.Validate(State.Policies.Count) is { } refusal) return new PolicyAnswer(null, refusal);
            State.Policies.Add(next);
            await this.WriteOrForgetAsync(storage);
        }
        else if (!known.IsSame(next))
        {
            return new PolicyAnswer(null, new(RefusalReason.AlreadyExists, $"Policy version {next.Version} is announced already, and differs.", "policy.version"));
        }

        return await AnnounceAsync(next);
    }

    public async Task<Refusal?> CreateDatasetAsync(string dataset, string displayName)
    {
        if (State.PartitionCount == 0) return NotRegistered();
        if (State.Datasets.Find(known => known.Id == dataset) is { } existing)
            return existing.DisplayName == displayName ? null : new(RefusalReason.AlreadyExists, $"Dataset '{dataset}' exists under another display name.", "dataset_id");
        State.Datasets.Add(new DatasetView(dataset, displayName, time.GetUtcNow()));
        await this.WriteOrForgetAsync(storage);
        return null;
    }

    public async Task AddDealAsync(string deal)
    {
        if (!State.Deals.Add(deal)) return;
        await this.WriteOrForgetAsync(storage);
    }

    public Task<IReadOnlyList<string>> ListDealsAsync() => Task.FromResult<IReadOnlyList<string>>([.. State.Deals]);

    /// <summary>Orders every policy that a partition may lack, oldest first: an order that broke off is completed by the next.</summary>
    private async Task<PolicyAnswer> AnnounceAsync(Policy newest)
    {
        foreach (var policy in State.Policies.Where(policy => policy.Version <= newest.Version).ToList())
        {
            var refusals = await Task.WhenAll(Partitions.Select(partition => partition.AnnouncePolicyAsync(policy)));
            if (refusals.FirstOrDefault(refusal => refusal is not null) is { } refused) return new PolicyAnswer(null, refused);
        }

        return new PolicyAnswer(newest, null);
    }

    /// <summary>The version of a policy that names none: that of the newest one where it says the same (a retry), else the next.</summary>
    private int NextVersion(Policy policy) =>
        State.Policies.Count > 0 && State.Policies[^1].IsSame(policy with { Version = State.Policies.Count }) ? State.Policies.Count : State.Policies.Count + 1;

    private Refusal? Validate(string displayName, int partitionCount)
    {
        if (partitionCount is < 1 or > DatasetRules.PartitionCountMax || !BitOperations.IsPow2(partitionCount))
            return new(RefusalReason.InvalidValue, $"A power of two from 1 to {DatasetRules.PartitionCountMax}.", "platform.partition_count");
        var differs = State.PartitionCount != 0 && (State.PartitionCount != partitionCount || State.DisplayName != displayName);
        return differs ? new(RefusalReason.AlreadyExists, $"Platform '{Id}' is registered with other values.", "platform_id") : null;
    }

    private Refusal NotRegistered() => new(RefusalReason.NotFound, $"No platform '{Id}' is registered.", "platform");

    private PlatformView View() => new(Id, State.DisplayName, State.PartitionCount, State.CreatedAt, [.. State.Policies], [.. State.Datasets]);
}
