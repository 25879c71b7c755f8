using Broker.Protos.V1;

namespace Broker.Client.Pulls;

/// <summary>What came of a pull that ended with the gateway's summary, or was stopped; everything in it is durable and confirmed.</summary>
/// <param name="Reason">Why it ended; <see cref="PullEndReason.Stopped"/> after <see cref="PullSession.Stop"/>.</param>
/// <param name="ExhaustedLimit">The limit that is full (<c>records/term</c>), or empty.</param>
/// <param name="Partitions">How far each partition is, as far as it was told.</param>
/// <param name="Total">What this session brought.</param>
/// <param name="Charged">What the deal was charged meanwhile, less what was credited: its usage now less that before the first stream,
/// whoever else pulled. Less than nothing where credits of an earlier pull came in.</param>
/// <param name="Usage">What the deal has used, read after the last confirmation.</param>
public sealed record PullResult(
    PullEndReason Reason, string ExhaustedLimit, IReadOnlyList<PartitionProgress> Partitions, PullProgress Total, Amounts Charged, Usage Usage);
