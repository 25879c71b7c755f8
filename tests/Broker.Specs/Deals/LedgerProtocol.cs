using CsCheck;

namespace Broker.Specs.Deals;

/// <summary>A reservation's id: slice and fence.</summary>
internal readonly record struct ReservationId(int Slice, int Activation)
{
    public override string ToString() => $"{Slice}@{"AB"[Activation]}";
}

/// <summary>
/// Reserve, release, then post, void or credit, over two logs that know of each other by messages only. A crash is that the next
/// step does not come: then only the deal's question settles a reservation. Slice 0 wants two records, slice 1 one; the quota is two.
/// </summary>
internal sealed class LedgerProtocol(LedgerDesign design)
{
    public const string Quota = "P1-QUOTA";
    public const string Charge = "P4-CHARGE";
    public const string Unpaid = "P4-UNPAID";
    public const string Credit = "P4-CREDIT";

    private const int Limit = 2;

    private static readonly int[] Slices = [0, 1];
    private static readonly ReservationId[] Ids = [new(0, 0), new(0, 1), new(1, 0), new(1, 1)];

    /// <summary>Those that may be granted two records, one of which may be dropped before the release.</summary>
    private static readonly ReservationId[] IdsOfTwo = [new(0, 0), new(0, 1)];

    public Spec<LedgerWorld> Build()
    {
        var spec = Spec.From(LedgerWorld.Start).Terminal(IsSettled);
        AddReservations(spec);
        AddSendings(spec);
        AddPromises(spec);
        return spec;
    }

    /// <summary>Defects of an implementation that the promises must notice.</summary>
    public Spec<LedgerWorld> BuildWithFaults() => Build()
        .Fault("charged twice", "Deal.Post", (_, after) => after.Charged < Limit, (_, after) => OnFirstPosted(after, e => e with { Units = (byte)(e.Units + 1) }))
        .Fault("charged without a release", "Deal.Reserve", (_, after) => after.Slice1.ByB.Stage == EntryStage.Held,
            (_, after) => after with { Slice1 = after.Slice1.With(1, after.Slice1.ByB with { Stage = EntryStage.Posted }) })
        .Fault("quota read without what is held", "Deal.Reserve", (before, _) => before.Charged > 0,
            (_, after) => after.Slice1.ByA.Stage == EntryStage.Held ? after with { Slice0 = after.Slice0.With(0, new(EntryStage.Held, Limit, false)) } : after)
        .Fault("credited and voided", "Deal.Credit", (_, after) => OnFirstPosted(after, e => e with { Stage = EntryStage.Voided }))
        .Fault("resent after the credit", "Partition.Confirm", (_, after) => after.Slice0.Credit == CreditStage.Confirmed,
            (_, after) => after with { Slice0 = after.Slice0 with { Resend = AttemptStage.Unsent } });

    private void AddReservations(Spec<LedgerWorld> spec) => spec
        .Action("Deal.Reserve", Ids, (w, id) => id.Activation <= w.Holder && Entry(w, id).Stage == EntryStage.None && w.Charged < Limit, Reserve)
        .Action("Partition.ReleaseAll", Ids, (w, id) => MayRelease(w, id), (w, id) => Release(w, id, Entry(w, id).Units))
        .Action("Partition.ReleaseLess", IdsOfTwo, (w, id) => MayRelease(w, id) && Entry(w, id).Units > 1, (w, id) => Release(w, id, 1))
        .Action("Partition.Void", Ids, (w, id) => IsPending(w, id) && !Entry(w, id).VoidedInPartition, (w, id) => With(w, id, Entry(w, id) with { VoidedInPartition = true }))
        .Action("Deal.Void", Ids, (w, id) => IsPending(w, id) && (Entry(w, id).VoidedInPartition || design == LedgerDesign.VoidsWithoutEntry),
            (w, id) => With(w, id, Entry(w, id) with { Stage = EntryStage.Voided }))
        .Action("Deal.Post", Ids, (w, id) => Entry(w, id).Stage == EntryStage.Held && IsReleasedUnder(w, id), Post)
        .Action("B.TakeOver", w => w.Holder == 0, w => w with { Holder = 1 });

    private void AddSendings(Spec<LedgerWorld> spec) => spec
        .Action("First.Write", Slices, (w, i) => w.SliceAt(i).First == AttemptStage.Unsent, (w, i) => w.With(i, w.SliceAt(i) with { First = AttemptStage.Sent }))
        .Action("First.Drop", Slices, (w, i) => w.SliceAt(i).First == AttemptStage.Unsent, (w, i) => w.With(i, w.SliceAt(i) with { First = AttemptStage.Dropped }))
        .Action("First.Lose", Slices, (w, i) => w.SliceAt(i).First is AttemptStage.Unsent or AttemptStage.Dropped, (w, i) => w.With(i, w.SliceAt(i) with { First = AttemptStage.Over }))
        .Action("Resend.Start", Slices, MayResend, (w, i) => w.With(i, w.SliceAt(i) with { Resend = AttemptStage.Unsent }))
        .Action("Resend.Write", Slices, (w, i) => w.SliceAt(i).Resend == AttemptStage.Unsent, (w, i) => w.With(i, w.SliceAt(i) with { Resend = AttemptStage.Sent }))
        .Action("Resend.Drop", Slices, (w, i) => w.SliceAt(i).Resend == AttemptStage.Unsent, (w, i) => w.With(i, w.SliceAt(i) with { Resend = AttemptStage.Dropped }))
        .Action("Partition.Confirm", Slices, (w, i) => w.SliceAt(i).First == AttemptStage.Dropped, ConfirmFirst)
        .Action("Partition.ConfirmResend", Slices, (w, i) => w.SliceAt(i).Resend == AttemptStage.Dropped,
            (w, i) => w.With(i, Credited(w.SliceAt(i)) with { Resend = AttemptStage.Over }))
        .Action("Deal.Credit", Slices, (w, i) => w.SliceAt(i) is { Credit: CreditStage.Confirmed, Posted: > 0 }, (w, i) => w.With(i, w.SliceAt(i) with { Credit = CreditStage.Credited }));

    private static void AddPromises(Spec<LedgerWorld> spec) => spec
        .Invariant(Quota, "never more than the quota is reserved, posted or released, less what is credited",
            w => w.Charged <= Limit && Slices.Sum(i => Delivered(w.SliceAt(i))) <= Limit)
        .Invariant(Charge, "each posting has one release of the same amount", w => Ids.All(id => IsPostedAsReleased(w, id)))
        .Invariant(Unpaid, "each release stands reserved or posted", w => Ids.All(id => !IsReleasedUnder(w, id) || Entry(w, id).Charged > 0))
        .Never(Credit, "nothing is handed over after it was credited", "First.Write", IsWrittenAfterCredit)
        .Never(Credit + "-RESEND", "nothing is resent after it was credited", "Resend.Write", IsWrittenAfterCredit)
        .Reachable("SOLD-OUT", "the quota is sold to its last record", w => w.Posted == Limit && w.Slice0.Posted == 1)
        .Reachable("SOLD-AGAIN", "what was credited is sold again", w => w.Posted > Limit && w.Charged <= Limit)
        .Reachable("LATE-POST", "a release of the old activation is posted after the takeover", w => w.Holder == 1 && w.Slice0 is { Under: 0, Posted: > 0 })
        .Reachable("STALE-VOIDED", "a stale activation's reservation is voided, and the slice is released under the new one's",
            w => w.Slice0 is { Under: 1, Posted: > 0, ByA.Stage: EntryStage.Voided });

    /// <summary>Where nothing more can happen, nothing is pending: posted is released.</summary>
    private static bool IsSettled(LedgerWorld w) =>
        Ids.All(id => Entry(w, id).Stage != EntryStage.Held) && Slices.All(i => w.SliceAt(i).Credit != CreditStage.Confirmed)
        && w.Posted == Slices.Where(i => w.SliceAt(i).IsReleased).Sum(i => w.SliceAt(i).Units);

    /// <summary>The deal grants the largest exact part that is left; it cannot tell a stale activation from the holder.</summary>
    private static LedgerWorld Reserve(LedgerWorld w, ReservationId id)
    {
        var wanted = id.Slice == 0 ? 2 : 1;
        return With(w, id, Entry(w, id) with { Stage = EntryStage.Held, Units = (byte)Math.Min(wanted, Limit - w.Charged) });
    }

    /// <summary>The holder alone can append, under its own reservation, unless its log has voided that.</summary>
    private static bool MayRelease(LedgerWorld w, ReservationId id) =>
        id.Activation == w.Holder && !w.SliceAt(id.Slice).IsReleased
        && Entry(w, id) is { Stage: not EntryStage.None, VoidedInPartition: false };

    private static LedgerWorld Release(LedgerWorld w, ReservationId id, byte units) =>
        w.With(id.Slice, w.SliceAt(id.Slice) with { Under = (sbyte)id.Activation, Units = units, First = AttemptStage.Unsent });

    private LedgerWorld Post(LedgerWorld w, ReservationId id)
    {
        var units = design == LedgerDesign.PostsWhatWasReserved ? Entry(w, id).Units : w.SliceAt(id.Slice).Units;
        return With(w, id, Entry(w, id) with { Stage = EntryStage.Posted, Units = units });
    }

    private bool MayResend(LedgerWorld w, int index) =>
        w.SliceAt(index) is { IsReleased: true, Resend: AttemptStage.None, Credit: CreditStage.None } slice
        && (slice.First != AttemptStage.Unsent || design == LedgerDesign.ResendsBesideTheFirst);

    /// <summary>A dropped first sending is credited, unless a resend has taken its place.</summary>
    private LedgerWorld ConfirmFirst(LedgerWorld w, int index)
    {
        var slice = w.SliceAt(index) with { First = AttemptStage.Over };
        var isLatest = slice.Resend == AttemptStage.None || design == LedgerDesign.ConfirmsWithoutSending;
        return w.With(index, isLatest ? Credited(slice) : slice);
    }

    private static LedgerSlice Credited(LedgerSlice slice) =>
        slice.Credit == CreditStage.None ? slice with { Credit = CreditStage.Confirmed } : slice;

    private static int Delivered(LedgerSlice slice) => slice is { IsReleased: true, Credit: CreditStage.None } ? slice.Units : 0;

    private static bool IsPending(LedgerWorld w, ReservationId id) => Entry(w, id).Stage == EntryStage.Held && !IsReleasedUnder(w, id);

    private static bool IsReleasedUnder(LedgerWorld w, ReservationId id) => w.SliceAt(id.Slice).Under == id.Activation;

    private static bool IsPostedAsReleased(LedgerWorld w, ReservationId id) =>
        Entry(w, id).Stage != EntryStage.Posted || (IsReleasedUnder(w, id) && Entry(w, id).Units == w.SliceAt(id.Slice).Units);

    private static bool IsWrittenAfterCredit(LedgerWorld before, LedgerWorld after) =>
        Slices.Any(i => before.SliceAt(i) != after.SliceAt(i) && before.SliceAt(i).Credit != CreditStage.None);

    private static LedgerWorld OnFirstPosted(LedgerWorld w, Func<Entry, Entry> change)
    {
        foreach (var id in Ids)
        {
            if (Entry(w, id).Stage == EntryStage.Posted) return With(w, id, change(Entry(w, id)));
        }

        return w;
    }

    private static Entry Entry(LedgerWorld w, ReservationId id) => w.SliceAt(id.Slice).EntryOf(id.Activation);

    private static LedgerWorld With(LedgerWorld w, ReservationId id, Entry entry) =>
        w.With(id.Slice, w.SliceAt(id.Slice).With(id.Activation, entry));
}
