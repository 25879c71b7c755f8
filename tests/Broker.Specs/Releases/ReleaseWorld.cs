namespace Broker.Specs.Releases;

/// <summary>Users of the model, as a set.</summary>
[Flags]
internal enum People : byte { None = 0, First = 1, Second = 2, Both = 3 }

/// <summary>The two activations of the partition: A, which may be stale, and B, which takes the log over.</summary>
internal enum Activation : byte { A, B }

/// <summary>A user's consent. "BehindA": B appended the withdrawal, so a stale A does not know of it.</summary>
internal enum ConsentStage : byte { InForce, Withdrawn, WithdrawnBehindA, Acknowledged, AcknowledgedBehindA }

/// <summary>The deal. Revoked: the log's holder has taken the deal's revocation and waits behind its barrier.</summary>
internal enum DealStage : byte { Active, Suspended, Revoked, Acknowledged, AcknowledgedBehindA }

/// <summary>A slice in the partition. Orphan: reserved by an activation that has lost the log.</summary>
internal enum SliceStage : byte { Idle, Reserved, Orphan, Released }

/// <summary>A sending of a slice. Asked: a resend whose deal answered "active"; Logged: durable, not granted yet;
/// Open: under a lease; Writing: the gateway has looked at the lease and not written yet (here it may be paused).</summary>
internal enum SendingPhase : byte { None, Asked, Logged, Open, Writing, Sent, Over }

/// <summary>A slice; <paramref name="Rows"/> is its lineage once released, by user.</summary>
internal readonly record struct Slice(SliceStage Stage, People Rows);

/// <summary>A sending of slice <paramref name="Slice"/>; <paramref name="Lease"/> is what is left of its lease, in ticks,
/// which while writing is also what is left of the deadline that the message carries.</summary>
internal readonly record struct Sending(SendingPhase Phase, byte Lease, Activation By, People Rows, byte Slice)
{
    /// <summary>Whether the one who granted it must still count on a message.</summary>
    public bool Unsent => Lease > 0 && (Phase is SendingPhase.Open or SendingPhase.Writing);

    public bool Holds(People user) => (Rows & user) != 0;

    public Sending Ended(bool sent) => this with { Phase = sent ? SendingPhase.Sent : SendingPhase.Over, Lease = 0 };
}

/// <summary>Everything that the protocol can tell apart. <paramref name="SinceTakeover"/> counts ticks up to two leases; -1: A holds the log.</summary>
internal readonly record struct ReleaseWorld(
    Slice Slice0, Slice Slice1, Sending Original0, Sending Original1, Sending Resend,
    ConsentStage Consent1, ConsentStage Consent2, DealStage Deal, People Recalled, sbyte SinceTakeover)
{
    /// <summary>The slot of the one resend in flight; slots 0 and 1 are the slices' first sendings.</summary>
    public const int ResendSlot = 2;

    public static ReleaseWorld Start => default(ReleaseWorld) with { SinceTakeover = -1 };

    public Activation Holder => SinceTakeover < 0 ? Activation.A : Activation.B;

    /// <summary>Whom the deal has had rows of, by the lineage.</summary>
    public People Lineage => Released(Slice0) | Released(Slice1);

    public People InForce => (Consent1 == ConsentStage.InForce ? People.First : 0) | (Consent2 == ConsentStage.InForce ? People.Second : 0);

    public People Acknowledged => (IsAcknowledged(Consent1) ? People.First : 0) | (IsAcknowledged(Consent2) ? People.Second : 0);

    /// <summary>Withdrawn, as far as a stale A knows.</summary>
    public People WithdrawnToA => (IsKnownToA(Consent1) ? People.First : 0) | (IsKnownToA(Consent2) ? People.Second : 0);

    public bool DealAcknowledged => Deal is DealStage.Acknowledged or DealStage.AcknowledgedBehindA;

    public Slice SliceAt(int index) => index == 0 ? Slice0 : Slice1;

    public ReleaseWorld With(int index, Slice slice) => index == 0 ? this with { Slice0 = slice } : this with { Slice1 = slice };

    public Sending SendingAt(int slot) => slot switch { 0 => Original0, 1 => Original1, _ => Resend };

    /// <summary>Puts a sending in its slot; a resend that has ended leaves its slot empty for another.</summary>
    public ReleaseWorld With(int slot, Sending sending) => slot switch
    {
        0 => this with { Original0 = sending },
        1 => this with { Original1 = sending },
        _ => this with { Resend = sending.Phase is SendingPhase.Sent or SendingPhase.Over ? default : sending },
    };

    public ConsentStage ConsentOf(People user) => user == People.First ? Consent1 : Consent2;

    public ReleaseWorld With(People user, ConsentStage consent) =>
        user == People.First ? this with { Consent1 = consent } : this with { Consent2 = consent };

    /// <summary>Whether an activation has granted a lease over rows of some of these users that may still be used.</summary>
    public bool AnyUnsent(Activation by, People users)
    {
        for (var slot = 0; slot <= ResendSlot; slot++)
        {
            var sending = SendingAt(slot);
            if (sending.Unsent && sending.By == by && sending.Holds(users)) return true;
        }

        return false;
    }

    /// <summary>One line for a counterexample.</summary>
    public string Describe() =>
        $"t={SinceTakeover} deal={Deal} consent={Consent1},{Consent2} recalled={Recalled} 0:{Describe(Slice0)}{Describe(Original0)} 1:{Describe(Slice1)}{Describe(Original1)} again:{Describe(Resend)}";

    private static string Describe(Slice slice) => slice.Stage == SliceStage.Released ? $"{slice.Rows}" : $"{slice.Stage}";

    private static string Describe(Sending s) => s.Phase == SendingPhase.None ? "" : $"/{s.Phase}({s.Rows} of {s.Slice} by {s.By}, {s.Lease})";

    private static People Released(Slice slice) => slice.Stage == SliceStage.Released ? slice.Rows : People.None;

    private static bool IsAcknowledged(ConsentStage stage) => stage is ConsentStage.Acknowledged or ConsentStage.AcknowledgedBehindA;

    private static bool IsKnownToA(ConsentStage stage) => stage is ConsentStage.Withdrawn or ConsentStage.Acknowledged;
}
