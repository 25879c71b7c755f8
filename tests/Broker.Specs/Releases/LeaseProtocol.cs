using CsCheck;

namespace Broker.Specs.Releases;

/// <summary>
/// Leases with calls that take time: the gateway's question and its answer, the activation's append and its answer.
/// One released slice of one user, sent message by message for as long as the gateway's lease lasts.
/// </summary>
internal sealed class LeaseProtocol(LeaseDesign design)
{
    public const string Withdrawal = "P2-WITHDRAWAL";

    private const int Lease = 3;
    private const int Authority = Lease + 1;

    private int TakeoverWait => design == LeaseDesign.WaitsOneTickLess ? (2 * Lease) - 1 : 2 * Lease;

    public Spec<LeaseWorld> Build()
    {
        var spec = Spec.From(new LeaseWorld { SinceTakeover = -1 }).Action("Tick", Tick);
        AddLease(spec);
        AddAuthority(spec);
        AddWithdrawal(spec);
        return spec
            .Never(Withdrawal, "nothing is handed over after the withdrawal's acknowledgement", "Gateway.Send", (before, _) => IsAcknowledged(before))
            .Reachable("RENEWED-STALE", "A renews after it lost the log", w => w.SinceTakeover > 0 && w.GatewayLease == Lease)
            .Reachable("ACCEPTED-UNKNOWN", "A's append is accepted, and B takes over before A knows", w => w.SinceTakeover >= 0 && w.Append.Stage == CallStage.Done)
            .Reachable("ACKNOWLEDGED-BY-A", "A acknowledges, while an answer is on its way", w => w.Consent == ConsentStage.Acknowledged && w.Ask.Stage == CallStage.Done)
            .Reachable("ACKNOWLEDGED-BY-B", "B acknowledges", w => w.Consent == ConsentStage.AcknowledgedBehindA);
    }

    private void AddLease(Spec<LeaseWorld> spec) => spec
        .Action("Gateway.Ask", w => w.Ask.Stage == CallStage.None, w => w with { Ask = new(CallStage.Begun, 0) })
        .Action("A.Grant", w => w.Ask.Stage == CallStage.Begun && w.Authority > 0 && !IsKnownToA(w), w => w with { Ask = w.Ask with { Stage = CallStage.Done }, PartitionLease = Lease })
        .Action("Gateway.Receive", w => w.Ask.Stage == CallStage.Done, Receive)
        .Action("Gateway.LoseAnswer", w => w.Ask.Stage != CallStage.None, w => w with { Ask = default })
        .Action("Gateway.Send", w => w.GatewayLease > 0, w => w);

    private void AddAuthority(Spec<LeaseWorld> spec) => spec
        .Action("A.BeginAppend", w => w.Append.Stage == CallStage.None, w => w with { Append = new(CallStage.Begun, 0) })
        .Action("Store.Accept", w => w.Append.Stage == CallStage.Begun && w.SinceTakeover < 0, w => w with { Append = w.Append with { Stage = CallStage.Done } })
        .Action("A.LearnAccepted", w => w.Append.Stage == CallStage.Done, LearnAccepted)
        .Action("B.TakeOver", w => w.SinceTakeover < 0, w => w with { SinceTakeover = 0 });

    private void AddWithdrawal(Spec<LeaseWorld> spec) => spec
        .Action("Withdraw", w => w.Consent == ConsentStage.InForce,
            w => w with { Consent = w.SinceTakeover < 0 ? ConsentStage.Withdrawn : ConsentStage.WithdrawnBehindA })
        .Action("A.Acknowledge", w => w.Consent == ConsentStage.Withdrawn && w.PartitionLease == 0, w => w with { Consent = ConsentStage.Acknowledged })
        .Action("B.Acknowledge", w => w.Consent is ConsentStage.Withdrawn or ConsentStage.WithdrawnBehindA && w.SinceTakeover >= TakeoverWait,
            w => w with { Consent = w.Consent == ConsentStage.Withdrawn ? ConsentStage.Acknowledged : ConsentStage.AcknowledgedBehindA });

    private static LeaseWorld Tick(LeaseWorld w) => w with
    {
        Ask = Older(w.Ask, Lease),
        GatewayLease = Less(w.GatewayLease),
        PartitionLease = Less(w.PartitionLease),
        Append = Older(w.Append, Authority),
        Authority = Less(w.Authority),
        SinceTakeover = w.SinceTakeover < 0 ? w.SinceTakeover : (sbyte)Math.Min(w.SinceTakeover + 1, 2 * Lease),
    };

    private LeaseWorld Receive(LeaseWorld w)
    {
        var left = design == LeaseDesign.GatewayCountsFromTheAnswer ? Lease : Lease - w.Ask.Age;
        return w with { Ask = default, GatewayLease = (byte)Math.Max(w.GatewayLease, left) };
    }

    private LeaseWorld LearnAccepted(LeaseWorld w)
    {
        var left = design == LeaseDesign.AuthorityCountsFromTheAnswer ? Authority : Authority - w.Append.Age;
        return w with { Append = default, Authority = (byte)Math.Max(w.Authority, left) };
    }

    private static Call Older(Call call, int most) =>
        call.Stage == CallStage.None ? call : call with { Age = (byte)Math.Min(call.Age + 1, most) };

    private static byte Less(byte ticks) => (byte)Math.Max(ticks - 1, 0);

    private static bool IsKnownToA(LeaseWorld w) => w.Consent is ConsentStage.Withdrawn or ConsentStage.Acknowledged;

    private static bool IsAcknowledged(LeaseWorld w) => w.Consent is ConsentStage.Acknowledged or ConsentStage.AcknowledgedBehindA;
}
