using Broker.Domain.Consents;
using Broker.Domain.Deals;
using Broker.Domain.Lineage;
using Broker.Domain.Partitions;

namespace Broker.Domain.Releases;

/// <summary>What a slice would hold: neighbouring rows of segments, in the order of users and <see cref="RowKey"/>.</summary>
/// <param name="From">Where it starts: after this row.</param>
/// <param name="To">Where it ends: this row included.</param>
/// <param name="Runs">The rows.</param>
/// <param name="Amounts">What they come to under the contract.</param>
/// <param name="First">What the first record alone comes to; zero when there is none.</param>
public sealed record SliceSelection(
    PullCursor From, PullCursor To, IReadOnlyList<RowRun> Runs, Amounts Amounts, Amounts First)
{
    /// <summary>What it was selected from.</summary>
    internal SelectionBasis Basis { get; init; }

    /// <summary>What was asked of users' consent, which remembers the answers; null where the contract was not known by the interval's end.</summary>
    internal ConsentQuestion? Consents { get; init; }

    /// <summary>Whether there is no record.</summary>
    public bool IsEmpty => Amounts.Records == 0;

    /// <summary>Whether selecting its range again, within an allowance, would select the same: nothing that a selection rests on has changed
    /// since, and the allowance is what it comes to. Its records alone fill that, so that no more fit.</summary>
    internal bool Stands(PartitionState state, DealLineage deal, PullRound round, Amounts allowance) =>
        Basis.State == state && Basis.Deal == deal && Basis.Round == round && Basis.Position >= state.OfferPosition && allowance == Amounts;
}

/// <summary>What a selection rests on: objects that change only as entries are applied, and the position that they were at.</summary>
internal readonly record struct SelectionBasis(PartitionState State, DealLineage Deal, PullRound Round, long Position);

/// <summary>Neighbouring rows [From, To) of a segment.</summary>
public readonly record struct RowRun(PartitionSegment Segment, int From, int To)
{
    /// <summary>How many rows.</summary>
    public int Count => To - From;
}
