using Broker.Domain.Partitions;
using Broker.Domain.Platforms;
using Broker.Domain.Releases;

namespace Broker.Domain.Lineage;

/// <summary>Who got my data: derived from the log alone, for any user, at any past slice.</summary>
public static class LineageRules
{
    /// <summary>Every delivery of the user's records: slice by slice, row by row, oldest first. Dropped slices delivered nothing.</summary>
    public static IEnumerable<Delivery> DeliveriesOf(PartitionState state, int user) =>
        state.Deals.Values.SelectMany(deal => DeliveriesOf(state, deal, user));

    /// <summary>The user's records that one deal got.</summary>
    public static IEnumerable<Delivery> DeliveriesOf(PartitionState state, DealLineage deal, int user) =>
        from round in deal.Rounds
        from slice in round.SlicesOf(user)
        from delivery in DeliveriesOf(state, deal, slice, user)
        select delivery;

    /// <summary>What the deal got of the user and has not been told to delete since.</summary>
    public static IEnumerable<Delivery> HeldOf(PartitionState state, DealLineage deal, int user) =>
        DeliveriesOf(state, deal, user).Where(delivery => !RecallsOf(state, deal, delivery).Any());

    /// <summary>The recalls that cover a delivery.</summary>
    public static IEnumerable<IssuedRecall> RecallsOf(PartitionState state, DealLineage deal, Delivery delivery) =>
        deal.Recalls.Where(recall => RecallRulesCover(state, deal, recall, delivery));

    /// <summary>Every delivery of a slice, for all its users.</summary>
    public static IEnumerable<Delivery> DeliveriesOf(PartitionState state, DealLineage deal, DeliveredSlice slice)
    {
        var last = Math.Min(slice.Released.To.User, state.Consents.UserCount - 1);
        for (var user = Math.Max(0, slice.Released.From.NextUser); user <= last; user++)
            foreach (var delivery in DeliveriesOf(state, deal, slice, user))
                yield return delivery;
    }

    private static bool RecallRulesCover(PartitionState state, DealLineage deal, IssuedRecall recall, Delivery delivery) =>
        Recalls.RecallRules.Covers(state, deal, recall, delivery);

    private static IEnumerable<Delivery> DeliveriesOf(PartitionState state, DealLineage deal, DeliveredSlice slice, int user)
    {
        var excluded = ExcludedKinds(slice.Released, user);
        var scope = deal.TermsOf(slice.Released.ContractVersion).Scope;
        var deliveries = new List<Delivery>();
        foreach (var segment in state.Segments)
        {
            if (segment.FirstAdded > slice.Released.IntervalTo || excluded.Contains(segment.Info.Kind)) continue;
            if (!scope.AdmitsAny(segment.Info.Dataset, segment.Info.Kind) || !deal.Rounds[slice.Released.Round - 1].MayHold(segment.Info)) continue;
            for (var row = segment.Rows.FirstRowOf(user); row < segment.Rows.Count && segment.Rows.UserAt(row) == user; row++)
                if (WasReleased(state, deal, slice, segment, row, user))
                    deliveries.Add(new Delivery(deal, slice, segment, row, user));
        }

        // The order of the walk, whichever segments the rows lie in: who lists deliveries page by page may meet a merge between two pages.
        return deliveries.Count < 2 ? deliveries : deliveries.OrderBy(delivery => delivery.Segment.Rows.KeyAt(delivery.Row))
            .ThenBy(delivery => delivery.Segment.Info.Dataset, StringComparer.Ordinal).ThenBy(delivery => delivery.Segment.AddedAt(delivery.Row));
    }

    private static RecordKinds ExcludedKinds(ReleasedSlice slice, int user)
    {
        var kinds = RecordKinds.None;
        foreach (var exclusion in slice.Exclusions)
            if (user >= exclusion.Users.First && user <= exclusion.Users.Last)
                kinds |= exclusion.Kinds;
        return kinds;
    }

    private static bool WasReleased(PartitionState state, DealLineage deal, DeliveredSlice slice, PartitionSegment segment, int row, int user)
    {
        var released = slice.Released;
        var place = new PullCursor(user, segment.Rows.KeyAt(row));
        if (place <= released.From || place > released.To) return false;

        // As it stood right before the release: the entry itself changes nothing of this.
        var at = slice.Position - 1;
        if (state.IsGone(segment, row, user, at)) return false;
        if (Admission.SinceOfRow(state.Consents, deal, user, segment, row, at) is not { } since) return false;
        var available = Math.Max(since, segment.AddedAt(row));
        return available <= released.IntervalTo && deal.Rounds[released.Round - 1].AfterOf(segment, row) is { } after && available > after;
    }
}
