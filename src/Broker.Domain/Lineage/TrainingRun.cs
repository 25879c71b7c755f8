using System.Collections.Immutable;

namespace Broker.Domain.Lineage;

/// <summary>A training run and the slices of one partition that it consumed.</summary>
/// <param name="Id">The partner's id of the run.</param>
/// <param name="Model">The model's name.</param>
/// <param name="Slices">The slices.</param>
public sealed record TrainingRun(string Id, string Model, ImmutableArray<SliceRun> Slices);

/// <summary>Neighbouring slices of one round.</summary>
/// <param name="Round">The round.</param>
/// <param name="First">The first slice's number.</param>
/// <param name="Last">The last slice's number, included.</param>
public readonly record struct SliceRun(int Round, int First, int Last)
{
    /// <summary>Whether the slice is among them.</summary>
    public bool Contains(int round, int number) => round == Round && number >= First && number <= Last;
}
