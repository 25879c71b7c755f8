using Broker.Protos.V1;

namespace Broker.Client.Pulls;

/// <summary>How far a pull is.</summary>
/// <param name="Slices">Slices kept durably in this session.</param>
/// <param name="Records">Records in them.</param>
/// <param name="Bytes">UTF-8 bytes of their fields, as they are charged.</param>
/// <param name="RepeatedSlices">Slices that came again although they are held, and were confirmed again.</param>
/// <param name="LateSlices">Slices refused because a message of theirs came after its deadline.</param>
/// <param name="Breaks">Streams that broke or were given up, and were opened again.</param>
/// <param name="PartitionsSeen">Partitions of which a slice was kept.</param>
/// <param name="PartitionCount">Partitions that the stream reads; 0 before its header.</param>
/// <param name="Charged">What the slices cost whose first sending began here; resends are free. A slice that was charged and whose first
/// sending broke before it began is not in it: <see cref="PullResult.Charged"/> is exact.</param>
/// <param name="Currency">The contract's currency (ISO 4217).</param>
/// <param name="Limits">The quota's limits, read before the stream was opened, with what was charged since.</param>
/// <param name="IsCaughtUp">Whether a pull that follows has brought everything that was available, and waits.</param>
public sealed record PullProgress(
    int Slices, long Records, long Bytes, int RepeatedSlices, int LateSlices, int Breaks, int PartitionsSeen, int PartitionCount,
    Amounts Charged, string Currency, IReadOnlyList<LimitProgress> Limits, bool IsCaughtUp = false)
{
    /// <summary>Slices that were held and are set aside: the broker's log was restored from a backup that lacks them.</summary>
    public int LostSlices { get; init; }
}
