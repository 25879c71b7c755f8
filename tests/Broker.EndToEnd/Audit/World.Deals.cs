using Broker.Domain.Deals;
using Broker.Domain.Lineage;
using Broker.Domain.Recalls;
using Broker.Domain.Releases;

namespace Broker.EndToEnd.Audit;

/// <summary>What deals and pulls do, as the grains do it.</summary>
internal sealed partial class World
{
    private long _attempts;

    public DealLineage Lineage(string deal = Given.Pact) => Partition.Deals[deal];

    public void Propose(string deal, ContractTerms terms, string partner = Given.Lab)
    {
        Do(deal, (state, now) => DealRules.Propose(state, partner, terms, "ann", now));
        Do(deal, (state, now) => DealRules.Approve(state, "bob", now));
    }

    /// <summary>The partition learns the version in force.</summary>
    public void Learn(string deal)
    {
        var contract = Deals[deal];
        var narrows = Partition.Deals.TryGetValue(deal, out var known) && known.Contract.Version < contract.InForce && known.Contract.Terms.Scope.IsNarrowedBy(contract.Terms.Scope);
        Do((state, now) => DealEndRules.Revoke(
            state, deal, [], (contract.Partner, contract.InForce, contract.Terms), narrows ? RecallCause.ScopeNarrowed : null, now));
    }

    /// <summary>Amends the contract from now on; whoever must stop, stops.</summary>
    public void Amend(string deal, ContractTerms terms)
    {
        Do(deal, (state, now) => DealRules.Amend(state, terms, now, "ann", now));
        if (Deals[deal].Amendment is { } amendment) Do(deal, (state, now) => DealRules.ApproveAmendment(state, amendment.Version, "bob", now));
        Revoke(deal);
    }

    public void Suspend(string deal)
    {
        Do(deal, (state, _) => DealRules.Suspend(state, "why not", "ann"));
        Revoke(deal);
    }

    public void Resume(string deal) => Do(deal, (state, _) => DealRules.Resume(state, "ann"));

    public void Terminate(string deal)
    {
        Do(deal, (state, _) => DealRules.Terminate(state, "enough", "ann"));
        Revoke(deal);
    }

    /// <summary>Every partition answers what the deal has stopped.</summary>
    public void Revoke(string deal)
    {
        var state = Deals[deal];
        while (state.Revocation is { } revocation)
        {
            var pending = state.Ledger.Pending.Select(reservation => reservation.Reserved.Id).ToList();
            if (state.Partitions.Count > 0) Answer(deal, revocation, pending);
            Do(deal, (known, _) => DealRules.CompleteRevocation(known, revocation.Position));
        }
    }

    /// <summary>Pulls everything that is available, in slices, and confirms it.</summary>
    public void Pull(string deal = Given.Pact, int sliceRecords = 4, PullFilter? filter = null)
    {
        if (!OpenRound(deal, filter)) return;
        while (Release(deal, sliceRecords) is { } slice) Confirm(deal, slice);
        Finish(deal);
    }

    /// <summary>Opens a round where none is open and something is new.</summary>
    public bool OpenRound(string deal = Given.Pact, PullFilter? filter = null)
    {
        Learn(deal);
        Do((state, _) => ReleaseRules.OpenRound(state, Lineage(deal), filter));
        return Lineage(deal).OpenRound is not null;
    }

    /// <summary>Selects, reserves, releases and posts the next slice; null when there is none, or it may not be.</summary>
    public DeliveredSlice? Release(string deal = Given.Pact, int mostRecords = 4, bool isPosted = true)
    {
        var round = Lineage(deal).OpenRound!;
        foreach (var (from, to) in round.Ranges.ToList())
        {
            var selected = SliceSelector.Select(Partition, Lineage(deal), round, from, to, Amounts.Largest with { Records = mostRecords });
            if (!selected.IsEmpty) return Release(deal, round, selected, isPosted);
        }

        return null;
    }

    /// <summary>Releases, in the open round, what a round with another filter and nothing before it would hold.</summary>
    public void ReleaseAs(PullFilter? filter)
    {
        var open = Lineage().OpenRound!;
        var other = new PullRound(open.Number, 0, open.IntervalTo, filter);
        Release(Given.Pact, other, SliceSelector.Select(Partition, Lineage(), other, PullCursor.Start, PullCursor.End, Amounts.Largest), isPosted: false);
    }

    public void Confirm(string deal, DeliveredSlice slice) =>
        Do((_, _) => ReleaseRules.ConfirmReceived(Lineage(deal), slice.Released.Round, [slice.Released.Number]));

    /// <summary>Drops a slice, and books its credit.</summary>
    public void Drop(string deal, DeliveredSlice slice)
    {
        Do((_, _) => ReleaseRules.ConfirmDropped(Lineage(deal), slice.Released.Round, slice.Released.Number));
        SettleCredits(deal);
    }

    public void Resend(string deal, DeliveredSlice slice)
    {
        Do((state, now) => ReleaseRules.Resend(state, Lineage(deal), slice.Released.Round, slice.Released.Number, now, out _));
        SettleCredits(deal);
    }

    public void Finish(string deal = Given.Pact)
    {
        if (Lineage(deal).OpenRound is { } round) Do((_, _) => ReleaseRules.FinishRound(Lineage(deal), round));
    }

    public void SettleCredits(string deal)
    {
        var upTo = Partition.Position;
        var credits = ReleaseRules.UnsettledCredits(Lineage(deal)).ToList();
        if (credits.Count == 0) return;
        foreach (var credit in credits)
        {
            Do(deal, (state, _) => DealRules.Post(state, credit.ReservationId, credit.Charged));
            Do(deal, (state, _) => DealRules.Credit(state, credit.ReservationId, credit.Total));
        }

        Append(new Domain.Partitions.CreditsSettled(deal, upTo));
    }

    public void Answer(int recall, RecallVerdict verdict, string reference = "") =>
        Do((state, _) => RecallRules.Answer(state, state.Recalls[recall - 1].Recall.Deal, recall, new RecallAnswer(verdict, reference, "lab-engineer", "00")));

    private DeliveredSlice? Release(string deal, PullRound round, SliceSelection selected, bool isPosted)
    {
        var id = new ReservationId(round.Number, 0, round.Slices.Count + 1, ++_attempts, 1).ToString();
        var contract = Lineage(deal).Contract;
        if (Do(deal, (state, now) => DealRules.Reserve(state, id, contract.Version, selected.Amounts, selected.First, now)).Refusal is not null) return null;
        if (Deals[deal].Ledger.Find(id) is not { } reserved) return null; // the forger left it out
        var held = new HeldReservation(id, contract.Version, reserved.Reserved.Allowance, reserved.Reserved.ValidUntil);
        var (before, decision) = (round.Slices.Count, Do((state, now) => ReleaseRules.Release(state, Lineage(deal), round, selected, held, now, out _)));
        if (round.Slices.Count == before)
        {
            if (decision.Events.Any(fact => fact is Domain.Partitions.ReservationVoided)) Do(deal, (state, _) => DealRules.Void(state, id));
            return null;
        }

        var slice = round.Slices[^1];
        if (isPosted) Do(deal, (state, _) => DealRules.Post(state, id, slice.Released.Amounts));
        return slice;
    }

    private void Answer(string deal, PendingRevocation revocation, List<string> pending)
    {
        var contract = Deals[deal];
        var cause = revocation.Kind switch
        {
            RevocationKind.Narrowed => RecallCause.ScopeNarrowed,
            RevocationKind.Ended when contract.Terms.DeleteAtEnd => RecallCause.DealEnded,
            _ => (RecallCause?)null,
        };
        var narrowed = revocation.Kind == RevocationKind.Narrowed ? (contract.Partner, contract.InForce, contract.Terms) : ((string, int, ContractTerms)?)null;
        Do((state, now) => DealEndRules.Revoke(state, deal, pending, narrowed, cause, now));
        foreach (var id in pending)
            Do(deal, (state, _) => ReleaseRules.FindReleased(Partition, deal, id) is { } released
                ? DealRules.Post(state, id, released.Released.Amounts)
                : DealRules.Void(state, id));
    }

    private void SweepDeal(string deal)
    {
        while (!Do(deal, DealRules.Sweep).Events.IsEmpty) { }
        Revoke(deal);
    }
}
