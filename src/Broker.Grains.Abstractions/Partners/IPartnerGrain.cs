using Broker.Domain;
using Broker.Domain.Lineage;

namespace Broker.Grains.Partners;

/// <summary>A partner: the licensee. Key: its id.</summary>
public interface IPartnerGrain : IGrainWithStringKey
{
    /// <summary>Registers the partner; a repeat with the same values changes nothing.</summary>
    Task<PartnerAnswer> CreateAsync(string displayName);

    /// <summary>The partner, or null where it is not registered.</summary>
    Task<PartnerView?> GetAsync();

    /// <summary>Registers what a training run consumed of a deal: in each partition's log, then in the partner's list. A repeat
    /// changes nothing; more slices of the same run are added.</summary>
    /// <param name="run">The run; its model's name stays as it was first registered.</param>
    [ResponseTimeout("00:01:00")]
    Task<TrainingRunAnswer> RegisterTrainingRunAsync(PartnerTrainingRun run);

    /// <summary>The training runs of a deal, by id.</summary>
    Task<IReadOnlyList<PartnerTrainingRun>> ListTrainingRunsAsync(string platform, string deal);
}

/// <summary>A partner as registered.</summary>
/// <param name="Id">Its id.</param>
/// <param name="DisplayName">For people.</param>
/// <param name="CreatedAt">When it was registered, UTC.</param>
[GenerateSerializer, Immutable]
public sealed record PartnerView([property: Id(0)] string Id, [property: Id(1)] string DisplayName, [property: Id(2)] DateTimeOffset CreatedAt);

/// <summary>The partner, or why not.</summary>
[GenerateSerializer, Immutable]
public sealed record PartnerAnswer([property: Id(0)] PartnerView? Partner, [property: Id(1)] Refusal? Refusal);

/// <summary>A training run and what of one deal it consumed.</summary>
/// <param name="Platform">The deal's platform.</param>
/// <param name="Deal">The deal's id.</param>
/// <param name="RunId">The partner's id of the run.</param>
/// <param name="Model">The model's name.</param>
/// <param name="Slices">What it consumed, by partition.</param>
[GenerateSerializer, Immutable]
public sealed record PartnerTrainingRun(
    [property: Id(0)] string Platform,
    [property: Id(1)] string Deal,
    [property: Id(2)] string RunId,
    [property: Id(3)] string Model,
    [property: Id(4)] IReadOnlyList<PartitionSlices> Slices);

/// <summary>Neighbouring slices in one partition.</summary>
[GenerateSerializer, Immutable]
public readonly record struct PartitionSlices([property: Id(0)] int Partition, [property: Id(1)] SliceRun Slices);

/// <summary>The run with all that is registered under its id, or why not.</summary>
[GenerateSerializer, Immutable]
public sealed record TrainingRunAnswer([property: Id(0)] PartnerTrainingRun? Run, [property: Id(1)] Refusal? Refusal);
