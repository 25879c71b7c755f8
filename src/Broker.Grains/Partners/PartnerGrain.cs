using Broker.Domain;
using Broker.Domain.Lineage;
using Broker.Grains.Partitions;
using Broker.Grains.Platforms;
using Broker.Grains.States;

namespace Broker.Grains.Partners;

/// <summary>A partner's registration and the list of its training runs; what a run consumed stands in the partitions' logs.</summary>
internal sealed class PartnerGrain(
    [PersistentState("partner", "Default")] IPersistentState<PartnerState> storage, TimeProvider time) : Grain, IPartnerGrain
{
    private PartnerState State => storage.State;

    private string Id => this.GetPrimaryKeyString();

    public async Task<PartnerAnswer> CreateAsync(string displayName)
    {
        if (State.DisplayName.Length != 0 && State.DisplayName != displayName)
            return new PartnerAnswer(null, new(RefusalReason.AlreadyExists, $"Partner '{Id}' is registered under another display name.", "partner_id"));
        if (State.DisplayName.Length == 0)
        {
            (State.DisplayName, State.CreatedAt) = (displayName, time.GetUtcNow());
            await this.WriteOrForgetAsync(storage);
        }

        await GrainFactory.GetGrain<IIndexGrain>("partners").AddAsync(Id);
        return new PartnerAnswer(View(), null);
    }

    public Task<PartnerView?> GetAsync() => Task.FromResult(State.DisplayName.Length == 0 ? null : View());

    public async Task<TrainingRunAnswer> RegisterTrainingRunAsync(PartnerTrainingRun run)
    {
        var known = State.Runs.Find(one => IsSame(one, run));
        if (known is not null && known.Model != run.Model)
            return new TrainingRunAnswer(null, new(RefusalReason.AlreadyExists, $"Run '{run.RunId}' is registered with model '{known.Model}'.", "training_run.model_name"));
        var refusals = await Task.WhenAll(run.Slices.GroupBy(one => one.Partition).Select(group => RegisterAsync(run, group)));
        if (refusals.FirstOrDefault(refusal => refusal is not null) is { } refused) return new TrainingRunAnswer(null, refused);
        return new TrainingRunAnswer(await RememberAsync(known, run), null);
    }

    public Task<IReadOnlyList<PartnerTrainingRun>> ListTrainingRunsAsync(string platform, string deal) =>
        Task.FromResult<IReadOnlyList<PartnerTrainingRun>>(
        [
            .. State.Runs.Where(run => run.Platform == platform && run.Deal == deal).OrderBy(run => run.RunId, StringComparer.Ordinal),
        ]);

    private Task<Refusal?> RegisterAsync(PartnerTrainingRun run, IGrouping<int, PartitionSlices> slices) =>
        GrainFactory.GetGrain<IPartitionGrain>(PartitionKeys.Of(run.Platform, slices.Key))
            .RegisterTrainingRunAsync(run.Deal, new TrainingRun(run.RunId, run.Model, [.. slices.Select(one => one.Slices)]));

    private async Task<PartnerTrainingRun> RememberAsync(PartnerTrainingRun? known, PartnerTrainingRun run)
    {
        var all = known is null ? run : known with { Slices = [.. known.Slices.Union(run.Slices)] };
        if (known is not null && all.Slices.Count == known.Slices.Count) return known;
        State.Runs.RemoveAll(one => IsSame(one, run));
        State.Runs.Add(all);
        await this.WriteOrForgetAsync(storage);
        return all;
    }

    private static bool IsSame(PartnerTrainingRun left, PartnerTrainingRun right) =>
        left.RunId == right.RunId && left.Deal == right.Deal && left.Platform == right.Platform;

    private PartnerView View() => new(Id, State.DisplayName, State.CreatedAt);
}

/// <summary>What lies in grain storage of a partner. No promise rests on it: what runs consumed stands in the partitions' logs.</summary>
[GenerateSerializer]
internal sealed class PartnerState
{
    /// <summary>For people; empty where the partner is not registered.</summary>
    [Id(0)]
    public string DisplayName { get; set; } = "";

    /// <summary>When it was registered.</summary>
    [Id(1)]
    public DateTimeOffset CreatedAt { get; set; }

    /// <summary>The training runs.</summary>
    [Id(2)]
    public List<PartnerTrainingRun> Runs { get; init; } = [];
}
