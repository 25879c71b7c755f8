using Broker.Client.Pulls;

namespace Broker.Client.Recalls;

/// <summary>What became of copies that had to be deleted. A copy that is in neither set was deleted before.</summary>
/// <param name="Deleted">Those that were there and are gone, durably.</param>
/// <param name="NotHere">Slices that never came here, or whose records were moved elsewhere: nothing is known of their copies.</param>
public sealed record RecallDeletion(IReadOnlySet<RecalledCopy> Deleted, IReadOnlySet<SliceId> NotHere);
