using Broker.Domain.Consents;
using Broker.Domain.Lineage;

namespace Broker.Domain.Partitions;

/// <summary>The state, frozen and thawed.</summary>
public sealed partial class PartitionState
{
    /// <summary>The state as it is now, to be kept while it goes on changing.</summary>
    /// <remarks>Costs about 22 bytes for each user, 120 for each slice and 16 for each removed row; everything else in it never changes, and is shared.</remarks>
    public PartitionSnapshot Freeze() => new()
    {
        Created = Created,
        Position = Position,
        ManifestPosition = ManifestPosition,
        Consents = Consents.Freeze(),
        SealedIds = [.. _sealedIds],
        Segments = [.. _segments.Select(segment => segment.Freeze())],
        Deals = [.. _deals.Values.Select(deal => deal.Freeze())],
        Recalls = [.. _recalls.Select(recall => recall.Freeze())],
        Voided = [.. _voided],
        Erased = [.. _erased.Select(erased => (erased.Key, erased.Value))],
        KeysDestroyed = [.. _keysDestroyed],
        Gone = [.. _gone],
        Retired = [.. _retired],
        Suppressed = [.. _suppressed],
    };

    /// <summary>The state that was frozen. Its segments' rows are attached anew.</summary>
    /// <exception cref="ArgumentException">The snapshot contradicts itself: no state was ever like it.</exception>
    /// <exception cref="KeyNotFoundException">A recall is to a deal that is not there.</exception>
    public static PartitionState Restore(PartitionSnapshot snapshot)
    {
        if (snapshot.SealedIds.Length != snapshot.Consents.JurisdictionOf.Length)
            throw new ArgumentException("There are more sealed ids than users, or fewer.", nameof(snapshot));
        var state = new PartitionState
        {
            Created = snapshot.Created,
            Position = snapshot.Position,
            OfferPosition = snapshot.Position,
            ManifestPosition = snapshot.ManifestPosition,
            Consents = ConsentBook.Restore(snapshot.Consents),
        };
        state._sealedIds.AddRange(snapshot.SealedIds);
        foreach (var segment in snapshot.Segments) state.Insert(state._segments.Count, PartitionSegment.Restore(segment));
        foreach (var deal in snapshot.Deals) state._deals.Add(deal.Deal, DealLineage.Restore(deal));
        foreach (var recall in snapshot.Recalls) state.Apply(IssuedRecall.Restore(recall));
        state._voided.UnionWith(snapshot.Voided);
        foreach (var (user, position) in snapshot.Erased) state._erased.Add(user, position);
        state._keysDestroyed.UnionWith(snapshot.KeysDestroyed);
        state._gone.AddRange(snapshot.Gone);
        state._retired.AddRange(snapshot.Retired);
        state._suppressed.UnionWith(snapshot.Suppressed);
        return state;
    }
}
