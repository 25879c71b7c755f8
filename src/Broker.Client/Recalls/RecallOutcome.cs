using Broker.Protos.V1;

namespace Broker.Client.Recalls;

/// <summary>What was done about a recall.</summary>
/// <param name="Recall">The recall, with its answer where it has one.</param>
/// <param name="Covered">Records that it covers.</param>
/// <param name="Deleted">Those deleted just now.</param>
/// <param name="DeletedBefore">Those whose slice is here without them.</param>
/// <param name="Elsewhere">Those whose slice never came here, or was moved away.</param>
/// <param name="Unnamed">Those whose id the broker cannot say any more: their key is destroyed.</param>
/// <param name="OpenReason">Why it has no answer; empty where it has one.</param>
public sealed record RecallOutcome(Recall Recall, long Covered, long Deleted, long DeletedBefore, long Elsewhere, long Unnamed, string OpenReason)
{
    /// <summary>Whether it is answered.</summary>
    public bool IsAnswered => OpenReason.Length == 0;
}
