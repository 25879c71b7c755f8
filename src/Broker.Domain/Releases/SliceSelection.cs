using Broker.Domain.Deals;
using Broker.Domain.Partitions;

namespace Broker.Domain.Releases;

/// <summary>What a slice would hold: neighbouring rows of segments, in the order of users and <see cref="RowKey"/>.</summary>
/// <param name="From">Where it starts: after this row.</param>
/// <param name="To">Where it ends: this row included.</param>
/// <param name="Runs">The rows.</param>
/// <param name="Amounts">What they come to under the contract.</param>
/// <param name="First">What the first record alone comes to; zero when there is none.</param>
/// <param name="ReachedEnd">Whether the walk reached the end of its range.</param>
public sealed record SliceSelection(
    PullCursor From, PullCursor To, IReadOnlyList<RowRun> Runs, Amounts Amounts, Amounts First, bool ReachedEnd)
{
    /// <summary>Whether there is no record.</summary>
    public bool IsEmpty => Amounts.Records == 0;
}

/// <summary>Neighbouring rows [From, To) of a segment.</summary>
public readonly record struct RowRun(PartitionSegment Segment, int From, int To)
{
    /// <summary>How many rows.</summary>
    public int Count => To - From;
}
