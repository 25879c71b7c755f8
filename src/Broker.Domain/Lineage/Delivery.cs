using Broker.Domain.Partitions;

namespace Broker.Domain.Lineage;

/// <summary>One record that left to one deal in one slice.</summary>
/// <param name="Deal">To whom.</param>
/// <param name="Slice">When, and under which contract version.</param>
/// <param name="Segment">Where the record lies.</param>
/// <param name="Row">Its row there.</param>
/// <param name="User">Whose it is.</param>
public readonly record struct Delivery(DealLineage Deal, DeliveredSlice Slice, PartitionSegment Segment, int Row, int User);
