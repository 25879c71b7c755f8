using Broker.Domain.Partitions;

namespace Broker.Domain.Merges;

/// <summary>Since when something that is gone lies in segments. Remembers how far it looked, so that a year's erasures are looked for once in each
/// segment and not at every look; what it answers follows from the state alone.</summary>
public sealed class GoneWatch
{
    private readonly Dictionary<string, (int Looked, DateTimeOffset? Since)> _seen = new(StringComparer.Ordinal);

    /// <summary>When the oldest thing went that still lies in the segment; null where nothing does. Its rows are open.</summary>
    public DateTimeOffset? Since(PartitionState state, PartitionSegment segment)
    {
        var (looked, since) = _seen.GetValueOrDefault(segment.Info.Id);
        for (; since is null && looked < state.Gone.Count; looked++)
            if (IsIn(segment, state.Gone[looked]))
                since = state.Gone[looked].At;
        _seen[segment.Info.Id] = (looked, since);
        return segment.OldestRemovalAt is { } removed && (since is null || removed < since) ? removed : since;
    }

    /// <summary>Forgets segments that are no more.</summary>
    public void Keep(PartitionState state)
    {
        foreach (var id in _seen.Keys.Where(id => state.FindSegment(id) is null).ToList()) _seen.Remove(id);
    }

    // An erasure takes records; remnants lose their ids when the key ends.
    private static bool IsIn(PartitionSegment segment, GoneUser gone)
    {
        if (gone.Position <= segment.CleanUpTo || gone.IsKeyDestroyed != segment.IsRemnants) return false;
        var row = segment.Rows.FirstRowOf(gone.User);
        return row < segment.Rows.Count && segment.Rows.UserAt(row) == gone.User;
    }
}
