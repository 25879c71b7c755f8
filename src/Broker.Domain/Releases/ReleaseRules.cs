using System.Collections.Immutable;
using Broker.Domain.Deals;
using Broker.Domain.Lineage;
using Broker.Domain.Partitions;

namespace Broker.Domain.Releases;

/// <summary>The partition's part of a release: open a round, release a slice, send it again, settle it.</summary>
public static class ReleaseRules
{
    /// <summary>How long a slice that its client did not confirm may be sent again: 24 hours.</summary>
    public static readonly TimeSpan ResendWindow = TimeSpan.FromHours(24);

    /// <summary>A release is refused this long before its reservation ends, so that the append cannot land after it.</summary>
    public static readonly TimeSpan ReservationMargin = TimeSpan.FromSeconds(1);

    /// <summary>Learns the version of a contract that is in force; nothing when it is known.</summary>
    public static Decision<PartitionEvent> SeeContract(PartitionState state, string deal, string partner, int version, ContractTerms terms)
    {
        // A node of a release that knew no tokens may have seen the version without its tokenizer, and released nothing under it.
        if (state.Deals.TryGetValue(deal, out var known) && known.Contract.Version >= version && !IsUncounted(known, version, terms)) return Decision<PartitionEvent>.Nothing;
        return Decision<PartitionEvent>.Of(new ContractSeen(deal, partner, version, terms));
    }

    private static bool IsUncounted(DealLineage known, int version, ContractTerms terms) =>
        known.Contract.Version == version && terms.CountsTokens && !known.Contract.Terms.CountsTokens;

    /// <summary>Most filters of which it is remembered how far they were offered, beside each other, since the last round without one.</summary>
    public const int FiltersMax = 64;

    /// <summary>Opens the next round of a deal's pull, if none is open and something is new.</summary>
    /// <param name="state">The partition.</param>
    /// <param name="deal">The deal.</param>
    /// <param name="filter">What the round asks for; null for all of the scope.</param>
    public static Decision<PartitionEvent> OpenRound(PartitionState state, DealLineage deal, PullFilter? filter = null)
    {
        if (deal.OpenRound is not null || !SliceSelector.HasNews(state, deal, filter)) return Decision<PartitionEvent>.Nothing;
        var asked = filter ?? PullFilter.Everything;
        if (deal.CoversAfter(asked, state.Position).Length > FiltersMax)
            return Decision<PartitionEvent>.Refuse(
                RefusalReason.TooManyFilters, $"The deal was pulled with {FiltersMax} filters beside each other. Pull without one, or with one that holds several of them, first.", "filter");
        return Decision<PartitionEvent>.Of(new PullOpened(
            deal.Deal, deal.Rounds.Count + 1, deal.Contract.Version, deal.CoveredUpToUnder(asked), asked.IsEverything ? null : asked));
    }

    /// <summary>Why a pull that asks for this may not go on with the open round, or null: a round is finished under its own filter, and brings nothing that its
    /// pull does not ask for.</summary>
    public static Refusal? RefuseRound(DealLineage deal, PullFilter? filter) =>
        deal.OpenRound is { } open && !open.Filter.IsWithin(filter ?? PullFilter.Everything)
            ? new(RefusalReason.RoundHasOtherFilter, $"Round {open.Number} asks for {open.Filter} and is not finished. Finish it with that filter, or with one that holds it, first.", "filter")
            : null;

    /// <summary>Releases what is still available of a selection, within its reservation; voids the reservation when nothing is.</summary>
    /// <param name="state">The partition.</param>
    /// <param name="deal">The deal.</param>
    /// <param name="round">The open round.</param>
    /// <param name="selected">What was reserved for.</param>
    /// <param name="reservation">What the deal set aside.</param>
    /// <param name="now">The log's clock.</param>
    /// <param name="slice">The rows that are released, where some are.</param>
    public static Decision<PartitionEvent> Release(
        PartitionState state, DealLineage deal, PullRound round, SliceSelection selected, HeldReservation reservation, DateTimeOffset now, out SliceSelection? slice)
    {
        slice = null;
        if (state.IsVoided(deal.Deal, reservation.Id))
            return Decision<PartitionEvent>.Refuse(RefusalReason.ReservationVoid, "The reservation was voided.");
        if (reservation.ContractVersion != deal.Contract.Version)
            return Decision<PartitionEvent>.Refuse(RefusalReason.ContractChanged, "Another version of the contract is in force.");
        if (now >= reservation.ValidUntil - ReservationMargin)
            return Decision<PartitionEvent>.Of(new ReservationVoided(deal.Deal, reservation.Id));

        // Selected again against the state of now, where it changed: who withdrew, and what was removed, since the first look stays behind.
        slice = selected.Stands(state, deal, round, reservation.Allowance)
            ? selected
            : SliceSelector.Select(state, deal, round, selected.From, selected.To, reservation.Allowance);
        if (slice.IsEmpty) return Decision<PartitionEvent>.Of(new ReservationVoided(deal.Deal, reservation.Id));
        return Decision<PartitionEvent>.Of(new Released(deal.Deal, ToReleased(state, deal, round, slice, reservation)));
    }

    /// <summary>Sends an unconfirmed slice again, filtered by the consent of now; its deal has just confirmed that it is active.</summary>
    public static Decision<PartitionEvent> Resend(
        PartitionState state, DealLineage deal, int round, int number, DateTimeOffset now, out SliceSelection? again)
    {
        again = null;
        if (deal.Slice(round, number) is not { } slice)
            return Decision<PartitionEvent>.Refuse(RefusalReason.NotFound, $"Round {round} has no slice {number}.", "slice");
        if (slice.Outcome != SliceOutcome.Unconfirmed)
            return Decision<PartitionEvent>.Refuse(RefusalReason.ResendRefused, "The slice is settled; ask for the records again to pay again.", "slice");
        if (now - slice.ReleasedAt > ResendWindow)
            return Decision<PartitionEvent>.Refuse(RefusalReason.ResendRefused, "The slice was released more than 24 hours ago.", "slice");

        again = SliceSelector.Again(state, deal, slice);
        var digest = SliceSelector.DigestOf(again);
        return Decision<PartitionEvent>.Of(
            new Resent(deal.Deal, round, number, slice.Resends + 1, again.Amounts, digest, slice.Current - again.Amounts));
    }

    /// <summary>Whether a slice is the one that a client means.</summary>
    /// <param name="slice">What stands under the name; null where nothing does.</param>
    /// <param name="tag">Its release as the client was told; empty where the client does not know it, and the name alone counts.</param>
    public static bool IsRelease(DeliveredSlice? slice, ReadOnlySpan<byte> tag) =>
        slice is not null && (tag.IsEmpty || ReleaseTag.Of(slice).AsSpan().SequenceEqual(tag));

    /// <summary>Settles slices as received by the client; those that are settled already stay as they are.</summary>
    public static Decision<PartitionEvent> ConfirmReceived(DealLineage deal, int round, IEnumerable<int> numbers) =>
        Settle(deal, round, numbers, SliceOutcome.Received);

    /// <summary>Settles a slice as dropped before any write: its range is walked again, its charge goes back.</summary>
    public static Decision<PartitionEvent> ConfirmDropped(DealLineage deal, int round, int number) =>
        // Something of it may have been sent when it was sent before: then it stays charged, and is sent again.
        deal.Slice(round, number) is { Resends: 0 } && !deal.Rounds[round - 1].IsFinished
            ? Settle(deal, round, [number], SliceOutcome.Dropped)
            : Decision<PartitionEvent>.Nothing;

    /// <summary>Finishes a round whose walk reached the end; the caller knows that none of its slices is unsent.</summary>
    public static Decision<PartitionEvent> FinishRound(DealLineage deal, PullRound round) =>
        round.IsFinished ? Decision<PartitionEvent>.Nothing : Decision<PartitionEvent>.Of(new PullFinished(deal.Deal, round.Number));

    /// <summary>Voids reservations for which no release stands.</summary>
    public static Decision<PartitionEvent> Void(PartitionState state, string deal, IEnumerable<string> reservationIds) =>
        Decision<PartitionEvent>.Of(
        [
            .. reservationIds
                .Where(id => FindReleased(state, deal, id) is null && !state.IsVoided(deal, id))
                .Distinct()
                .Select(id => new ReservationVoided(deal, id)),
        ]);

    /// <summary>The slice that was released under a reservation, or null.</summary>
    public static DeliveredSlice? FindReleased(PartitionState state, string deal, string reservationId)
    {
        if (!ReservationId.TryParse(reservationId, out var id) || !state.Deals.TryGetValue(deal, out var lineage)) return null;
        var slice = lineage.Slice(id.Round, id.Slice);
        return slice?.Released.ReservationId == reservationId ? slice : null;
    }

    /// <summary>What this partition owes a deal in credits that the deal is not known to have booked, oldest first.</summary>
    public static IEnumerable<SliceCredit> UnsettledCredits(DealLineage deal) =>
        from round in deal.Rounds
        from slice in round.Slices
        where !slice.Credited.IsZero
        where slice.SettledPosition > deal.CreditsSettledUpTo
        select new SliceCredit(slice.Released.ReservationId, slice.Released.Amounts, slice.Credited);

    private static Decision<PartitionEvent> Settle(DealLineage deal, int round, IEnumerable<int> numbers, SliceOutcome outcome)
    {
        var open = numbers.Distinct().Where(number => deal.Slice(round, number) is { Outcome: SliceOutcome.Unconfirmed }).Order().ToImmutableArray();
        return open.IsEmpty ? Decision<PartitionEvent>.Nothing : Decision<PartitionEvent>.Of(new Confirmed(deal.Deal, round, open, outcome));
    }

    private static ReleasedSlice ToReleased(
        PartitionState state, DealLineage deal, PullRound round, SliceSelection slice, HeldReservation reservation) =>
        new(
            round.Number,
            round.Slices.Count + 1,
            slice.From,
            slice.To,
            round.IntervalFrom,
            round.IntervalTo,
            Exclusions.Of(state, deal, slice, round.IntervalTo),
            deal.Contract.Version,
            reservation.Id,
            slice.Amounts,
            SliceSelector.DigestOf(slice));
}
