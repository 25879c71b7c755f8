using Broker.Gateway.Parsing;
using Broker.Grains.Partitions;
using Google.Protobuf.WellKnownTypes;
using Wire = Broker.Protos.V1;

namespace Broker.Gateway.Consents;

/// <summary>Writes consent to the wire.</summary>
internal static class ConsentWire
{
    public static Wire.UserConsent ToWire(this ConsentView view, string platform) => new()
    {
        Name = ResourceNames.User(platform, view.UserId),
        Jurisdiction = view.Jurisdiction,
        Decisions = { view.Decisions.Select(ToWire) },
        InForce = { view.InForce.Select(ToWire) },
        PolicyVersion = view.PolicyVersion,
        NoticeRunPolicyVersions = { view.Notices },
        IsErased = view.IsErased,
    };

    private static Wire.ConsentDecision ToWire(Domain.Consents.ConsentDecision decision) => new()
    {
        Purposes = { decision.Purposes.ToWire() },
        Kinds = { decision.Kinds.ToWire() },
        Partner = decision.Partner is { } partner ? ResourceNames.Partner(partner) : "",
        Choice = (Wire.ConsentChoice)decision.Choice,
        MadeTime = decision.MadeAt.ToTimestamp(),
        Source = (Wire.ConsentSource)decision.Source,
    };

    private static Wire.ConsentInForce ToWire(ConsentInForce inForce) => new()
    {
        Purpose = (Wire.Purpose)inForce.Purpose,
        Kind = (Wire.RecordKind)inForce.Kind,
        Basis = inForce.Carrier == "grant" ? Wire.ConsentBasis.Grant : Wire.ConsentBasis.PolicyDefault,
        SincePosition = inForce.SincePosition,
    };
}
