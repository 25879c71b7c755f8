using CsCheck;

namespace Broker.Specs.Releases;

/// <summary>
/// The release and withdrawal protocol: two users, two slices (both users; the second user), their sendings and one resend
/// in flight, a gateway that may be paused before each write, a takeover of the partition's log, and a suspension of the deal.
/// A withdrawn consent and a suspended deal stay so.
/// </summary>
internal sealed class ReleaseProtocol(ReleaseRules rules)
{
    public const string Withdrawal = "P2-WITHDRAWAL";
    public const string Suspension = "P2-SUSPENSION";
    public const string Window = "P2-WINDOW";
    public const string Lineage = "P3-LINEAGE";
    public const string Recall = "P3-RECALL";

    private static readonly int[] Slices = [0, 1];
    private static readonly int[] Slots = [0, 1, ReleaseWorld.ResendSlot];
    private static readonly People[] Users = [People.First, People.Second];

    /// <summary>What slice <paramref name="index"/> would hold if everybody consented.</summary>
    private static People Wanted(int index) => index == 0 ? People.Both : People.Second;

    /// <summary>The protocol with what it promises to a client that refuses messages past their deadline.</summary>
    public Spec<ReleaseWorld> Build()
    {
        var spec = Spec.From(ReleaseWorld.Start).Print(w => w.Describe()).Action("Tick", Tick);
        AddReleases(spec);
        AddSending(spec);
        AddResends(spec);
        AddWithdrawals(spec);
        AddSuspension(spec);
        if (!rules.SuspensionChecksFence) AddStaleAnswer(spec);
        AddPromises(spec);
        return spec;
    }

    /// <summary>The same with a client that takes late messages too: what was looked at in time may be written at any time.</summary>
    public Spec<ReleaseWorld> BuildForForeignClient() =>
        Build().Never(Window, "a foreign client gets nothing of a withdrawn user", "Write",
            (before, after) => Written(before, after) is { Lease: 0 } late && late.Holds(before.Acknowledged));

    /// <summary>Defects of an implementation that the promises must notice.</summary>
    public Spec<ReleaseWorld> BuildWithFaults() => Build()
        .Fault("lineage lost", "Release", (_, after) => after with
        {
            Slice0 = after.Slice0 with { Rows = People.None },
            Slice1 = after.Slice1 with { Rows = People.None },
        })
        .Fault("withdrawn without a recall", "Withdraw", (before, after) => after with { Recalled = before.Recalled })
        .Fault("acknowledged with the append", "Withdraw", (_, after) => after.Consent1 == ConsentStage.Withdrawn, (_, after) => after with { Consent1 = ConsentStage.Acknowledged })
        .Fault("suspension acknowledged with the append", "Suspend", (_, after) => after with { Deal = DealStage.Acknowledged })
        .Fault("leases forgotten", "Revoke", (_, after) => after with { Original0 = after.Original0 with { By = Activation.B } })
        .Fault("resent whole", "Resend", (_, after) => after with { Resend = after.Resend with { Rows = People.Both } })
        .Fault("deadline renewed while paused", "Tick", (before, _) => before.Original0.Phase == SendingPhase.Writing,
            (before, after) => before.Acknowledged == People.None ? after : after with { Original0 = after.Original0 with { Lease = 1 } });

    private void AddReleases(Spec<ReleaseWorld> spec) => spec
        .Action("Reserve", Slices, (w, i) => w.SliceAt(i).Stage == SliceStage.Idle && w.Deal == DealStage.Active, Reserve)
        .Action("Void", Slices, (w, i) => w.SliceAt(i).Stage is SliceStage.Reserved or SliceStage.Orphan, (w, i) => w.With(i, default(Slice)))
        .Action("Release", Slices, (w, i) => w.SliceAt(i).Stage == SliceStage.Reserved && RowsToRelease(w, i) != People.None, Release)
        .Action("TakeOver", w => w.Holder == Activation.A, TakeOver);

    private void AddSending(Spec<ReleaseWorld> spec) => spec
        .Action("Grant", Slots, (w, s) => w.SendingAt(s).Phase == SendingPhase.Logged && MayGrant(w, s), Lease)
        .Action("Renew", Slots, (w, s) => w.SendingAt(s) is { Phase: SendingPhase.Open, Lease: < ReleaseRules.Lease } && MayGrant(w, s), Lease)
        .Action("Look", Slots, (w, s) => w.SendingAt(s).Phase == SendingPhase.Open, (w, s) => w.With(s, w.SendingAt(s) with { Phase = SendingPhase.Writing }))
        .Action("Write", Slots, (w, s) => w.SendingAt(s).Phase == SendingPhase.Writing, (w, s) => w.With(s, w.SendingAt(s).Ended(sent: true)))
        .Action("Drop", Slots, (w, s) => w.SendingAt(s).Phase == SendingPhase.Open, (w, s) => w.With(s, w.SendingAt(s).Ended(sent: false)));

    private void AddResends(Spec<ReleaseWorld> spec) => spec
        .Action("AskDealForResend", Slices, (w, i) => w.Resend.Phase == SendingPhase.None && w.SliceAt(i).Stage == SliceStage.Released && w.Deal == DealStage.Active,
            (w, i) => w with { Resend = new(SendingPhase.Asked, 0, w.Holder, People.None, (byte)i) })
        .Action("Resend", w => w.Resend.Phase == SendingPhase.Asked && RowsToResend(w) != People.None,
            w => w with { Resend = w.Resend with { Phase = SendingPhase.Logged, Rows = RowsToResend(w) } })
        .Action("NothingToResend", w => w.Resend.Phase == SendingPhase.Asked && RowsToResend(w) == People.None, w => w with { Resend = default });

    private void AddWithdrawals(Spec<ReleaseWorld> spec) => spec
        .Action("Withdraw", Users, (w, u) => w.ConsentOf(u) == ConsentStage.InForce, Withdraw)
        .Action("A.Acknowledge", Users, (w, u) => w.ConsentOf(u) == ConsentStage.Withdrawn && IsBarrierOpen(w, Activation.A, u),
            (w, u) => w.With(u, ConsentStage.Acknowledged))
        .Action("B.Acknowledge", Users, (w, u) => w.ConsentOf(u) is ConsentStage.Withdrawn or ConsentStage.WithdrawnBehindA && IsBarrierOpen(w, Activation.B, u),
            (w, u) => w.With(u, w.ConsentOf(u) == ConsentStage.Withdrawn ? ConsentStage.Acknowledged : ConsentStage.AcknowledgedBehindA));

    private void AddSuspension(Spec<ReleaseWorld> spec) => spec
        .Action("Suspend", w => w.Deal == DealStage.Active, w => w with { Deal = DealStage.Suspended })
        .Action("Revoke", w => w.Deal == DealStage.Suspended, Revoke)
        .Action("AcknowledgeSuspension", w => w.Deal == DealStage.Revoked && IsBarrierOpen(w, w.Holder, People.Both),
            w => w with { Deal = w.Holder == Activation.A ? DealStage.Acknowledged : DealStage.AcknowledgedBehindA });

    /// <summary>A stale A takes the deal's revocation and answers it without looking at its fence.</summary>
    private void AddStaleAnswer(Spec<ReleaseWorld> spec) => spec
        .Action("A.AcknowledgeSuspensionWhenStale",
            w => w.Holder == Activation.B && w.Deal == DealStage.Suspended && IsBarrierOpen(w, Activation.A, People.Both),
            w => w with { Deal = DealStage.Acknowledged });

    private static void AddPromises(Spec<ReleaseWorld> spec) => spec
        .Never(Withdrawal, "nothing of a user is handed over after the withdrawal's acknowledgement", "Write",
            (before, after) => Written(before, after) is { Lease: > 0 } sent && sent.Holds(before.Acknowledged))
        .Never(Suspension, "nothing of a deal is handed over after the suspension's acknowledgement", "Write",
            (before, after) => Written(before, after) is { Lease: > 0 } && before.DealAcknowledged)
        .Never(Lineage, "what is handed over, late or not, stands in the lineage", "Write",
            (before, after) => Written(before, after) is { } sent && (sent.Rows & ~LineageOf(before, sent.Slice)) != 0)
        .Invariant(Recall, "each withdrawal has a recall of what the deal had got",
            w => (w.Lineage & ~w.InForce & ~w.Recalled) == 0)
        .Reachable("SENT-BOTH", "both slices are sent whole", w => w.Original0 is { Phase: SendingPhase.Sent, Rows: People.Both } && w.Original1.Phase == SendingPhase.Sent)
        .Reachable("CUT", "a slice is released without the user who withdrew", w => w.Original0 is { Phase: SendingPhase.Sent, Rows: People.First })
        .Reachable("ACKNOWLEDGED-IN-FLIGHT", "a withdrawal is acknowledged while another user's slice is being sent",
            w => w.Consent1 == ConsentStage.Acknowledged && w.Original1.Unsent)
        .Reachable("ACKNOWLEDGED-BY-B", "a new activation acknowledges a withdrawal of released rows", w => w.Consent2 == ConsentStage.AcknowledgedBehindA && w.Recalled == People.Both)
        .Reachable("TWO-SENDERS", "a stale activation's sending and the new one's resend of a slice overlap",
            w => w.Original0 is { Unsent: true, By: Activation.A } && w.Resend is { Unsent: true, By: Activation.B, Slice: 0 })
        .Reachable("RESENT-CUT", "a resend goes out without the user who withdrew", w => w.Resend is { Phase: SendingPhase.Open, Rows: People.First } && LineageOf(w, 0) == People.Both)
        .Reachable("PAUSED", "a gateway is paused before its write until after an acknowledgement", w => w.Original0 is { Phase: SendingPhase.Writing, Lease: 0 } && w.Acknowledged == People.Both)
        .Reachable("SUSPENDED", "a suspension of a deal that had got something is acknowledged by either activation",
            w => w.Deal == DealStage.AcknowledgedBehindA && w.Original0.Phase == SendingPhase.Sent);

    /// <summary>One tick of every clock; what has run out ends, and what nobody can tell apart any more becomes one.</summary>
    private ReleaseWorld Tick(ReleaseWorld w)
    {
        var since = w.SinceTakeover < 0 ? w.SinceTakeover : (sbyte)Math.Min(w.SinceTakeover + 1, 2 * ReleaseRules.Lease);
        var next = w with { SinceTakeover = since };
        foreach (var slot in Slots) next = next.With(slot, Tick(next, next.SendingAt(slot)));
        if (HasAuthority(next, Activation.A)) return next;
        return next with { Consent1 = Settled(next.Consent1), Consent2 = Settled(next.Consent2) };
    }

    private Sending Tick(ReleaseWorld w, Sending sending)
    {
        if (sending.Phase == SendingPhase.Logged && !HasAuthority(w, sending.By)) return sending.Ended(sent: false);
        if (sending.Lease == 0) return sending;
        var ticked = sending with { Lease = (byte)(sending.Lease - 1) };
        return ticked is { Phase: SendingPhase.Open, Lease: 0 } ? ticked.Ended(sent: false) : ticked;
    }

    /// <summary>Who acknowledged no longer matters once a stale A may not grant.</summary>
    private static ConsentStage Settled(ConsentStage stage) =>
        stage == ConsentStage.AcknowledgedBehindA ? ConsentStage.Acknowledged : stage;

    private ReleaseWorld Reserve(ReleaseWorld w, int index) =>
        w.With(index, new Slice(SliceStage.Reserved, rules.ChecksConsentAgain ? People.None : Wanted(index) & w.InForce));

    private People RowsToRelease(ReleaseWorld w, int index) =>
        rules.ChecksConsentAgain ? Wanted(index) & w.InForce : w.SliceAt(index).Rows;

    private ReleaseWorld Release(ReleaseWorld w, int index)
    {
        var rows = RowsToRelease(w, index);
        return w.With(index, new Slice(SliceStage.Released, rows))
            .With(index, new Sending(SendingPhase.Logged, 0, w.Holder, rows, (byte)index));
    }

    /// <summary>The fence rises: what A kept in memory is lost to B, what it granted is not lost to the gateways.</summary>
    private static ReleaseWorld TakeOver(ReleaseWorld w)
    {
        var next = w with { SinceTakeover = 0, Deal = w.Deal == DealStage.Revoked ? DealStage.Suspended : w.Deal };
        if (next.Resend.Phase == SendingPhase.Asked) next = next with { Resend = default };
        foreach (var index in Slices)
        {
            if (next.SliceAt(index).Stage == SliceStage.Reserved) next = next.With(index, new Slice(SliceStage.Orphan, People.None));
        }

        return next;
    }

    /// <summary>A's authority ends one lease after its last accepted append began, which was before the fence rose. While A holds
    /// the log it can always make an empty append, so nothing is lost by letting that append be as late as it can be.</summary>
    private bool HasAuthority(ReleaseWorld w, Activation by) =>
        by == Activation.B || w.SinceTakeover <= ReleaseRules.Lease || !rules.BoundedRenewals;

    private bool MayGrant(ReleaseWorld w, int slot)
    {
        var sending = w.SendingAt(slot);
        var isResend = slot == ReleaseWorld.ResendSlot;
        var looksAtDeal = isResend ? rules.RevocationEndsEarlierAnswers : rules.RevokesById;
        var looksAtConsent = !isResend || rules.FiltersResends;
        return HasAuthority(w, sending.By)
            && !(looksAtDeal && KnowsSuspended(w, sending.By))
            && !(looksAtConsent && sending.Holds(Withdrawn(w, sending.By)));
    }

    /// <summary>Who has withdrawn, as far as this activation knows.</summary>
    private static People Withdrawn(ReleaseWorld w, Activation by) => by == Activation.A ? w.WithdrawnToA : People.Both & ~w.InForce;

    /// <summary>Whether this activation has taken the revocation.</summary>
    private static bool KnowsSuspended(ReleaseWorld w, Activation by) => w.Deal switch
    {
        DealStage.Revoked => by == w.Holder,
        DealStage.Acknowledged => by == Activation.A,
        DealStage.AcknowledgedBehindA => by == Activation.B,
        _ => false,
    };

    private static ReleaseWorld Lease(ReleaseWorld w, int slot) =>
        w.With(slot, w.SendingAt(slot) with { Phase = SendingPhase.Open, Lease = ReleaseRules.Lease });

    private People RowsToResend(ReleaseWorld w)
    {
        if (rules.RevocationEndsEarlierAnswers && KnowsSuspended(w, w.Holder)) return People.None;
        return LineageOf(w, w.Resend.Slice) & (rules.FiltersResends ? w.InForce : People.Both);
    }

    /// <summary>One append: the withdrawal, and the recall of what the deal already has.</summary>
    private static ReleaseWorld Withdraw(ReleaseWorld w, People user) =>
        w.With(user, w.Holder == Activation.A ? ConsentStage.Withdrawn : ConsentStage.WithdrawnBehindA) with { Recalled = w.Recalled | (w.Lineage & user) };

    /// <summary>Whether an activation may acknowledge: all that it granted over these users' rows is confirmed or has run out,
    /// and so has what an earlier activation may have granted.</summary>
    private bool IsBarrierOpen(ReleaseWorld w, Activation by, People users) =>
        (by == Activation.A || w.SinceTakeover >= rules.TakeoverWait) && (!rules.WaitsForUnsent || !w.AnyUnsent(by, users));

    /// <summary>The log's holder revokes what it granted, forgets what it has not granted yet, voids the reservations that the
    /// deal names, and from then on holds no earlier answer of the deal for true.</summary>
    private ReleaseWorld Revoke(ReleaseWorld w)
    {
        var next = w with { Deal = DealStage.Revoked };
        foreach (var slot in Slots)
        {
            var sending = next.SendingAt(slot);
            if (sending.Phase == SendingPhase.Logged && sending.By == w.Holder) next = next.With(slot, sending.Ended(sent: false));
        }

        if (rules.RevocationEndsEarlierAnswers && next.Resend.Phase == SendingPhase.Asked) next = next with { Resend = default };
        return rules.RevokesById ? VoidReservations(next) : next;
    }

    private static ReleaseWorld VoidReservations(ReleaseWorld w)
    {
        foreach (var index in Slices)
        {
            if (w.SliceAt(index).Stage != SliceStage.Released) w = w.With(index, default(Slice));
        }

        return w;
    }

    private static People LineageOf(ReleaseWorld w, int slice) =>
        w.SliceAt(slice) is { Stage: SliceStage.Released } released ? released.Rows : People.None;

    /// <summary>The sending that a "Write" has just written, as it was before; its lease is what was left of its message's deadline.</summary>
    private static Sending? Written(ReleaseWorld before, ReleaseWorld after)
    {
        foreach (var slot in Slots)
        {
            if (before.SendingAt(slot).Phase == SendingPhase.Writing && after.SendingAt(slot).Phase != SendingPhase.Writing) return before.SendingAt(slot);
        }

        return null;
    }
}
