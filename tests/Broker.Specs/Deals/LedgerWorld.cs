namespace Broker.Specs.Deals;

/// <summary>A reservation in the deal's log.</summary>
internal enum EntryStage : byte { None, Held, Posted, Voided }

/// <summary>Where a sending stands. Dropped: before any write, its confirmation on its way; Over: nobody knows more of it.</summary>
internal enum AttemptStage : byte { None, Unsent, Sent, Dropped, Over }

/// <summary>A credit: Confirmed in the partition's log, then Credited in the deal's.</summary>
internal enum CreditStage : byte { None, Confirmed, Credited }

/// <summary>A reservation, its units granted or posted, and whether the partition's log has voided it.</summary>
internal readonly record struct Entry(EntryStage Stage, byte Units, bool VoidedInPartition)
{
    public int Charged => Stage is EntryStage.Held or EntryStage.Posted ? Units : 0;
}

/// <summary>A slice: reservations of the activations A and B, its release under one of them (-1: not released), and its sendings.</summary>
internal readonly record struct LedgerSlice(
    Entry ByA, Entry ByB, sbyte Under, byte Units, AttemptStage First, AttemptStage Resend, CreditStage Credit)
{
    public Entry EntryOf(int activation) => activation == 0 ? ByA : ByB;

    public LedgerSlice With(int activation, Entry entry) => activation == 0 ? this with { ByA = entry } : this with { ByB = entry };

    public bool IsReleased => Under >= 0;

    /// <summary>What the deal's log counts against the quota.</summary>
    public int Charged => ByA.Charged + ByB.Charged - (Credit == CreditStage.Credited ? Units : 0);

    /// <summary>What the deal's log has posted.</summary>
    public int Posted => PostedIn(ByA) + PostedIn(ByB);

    private static int PostedIn(Entry entry) => entry.Stage == EntryStage.Posted ? entry.Units : 0;
}

/// <summary>A deal's log and a partition's log, two slices, and which activation holds the partition's log (0: A, 1: B).</summary>
internal readonly record struct LedgerWorld(LedgerSlice Slice0, LedgerSlice Slice1, byte Holder)
{
    private static readonly LedgerSlice Unreleased = default(LedgerSlice) with { Under = -1 };

    public static LedgerWorld Start => new(Unreleased, Unreleased, 0);

    public int Charged => Slice0.Charged + Slice1.Charged;

    public int Posted => Slice0.Posted + Slice1.Posted;

    public LedgerSlice SliceAt(int index) => index == 0 ? Slice0 : Slice1;

    public LedgerWorld With(int index, LedgerSlice slice) => index == 0 ? this with { Slice0 = slice } : this with { Slice1 = slice };
}
