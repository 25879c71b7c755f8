using Broker.Gateway.Consents;
using Broker.Gateway.Parsing;
using Broker.Grains.Partitions;
using Google.Protobuf.WellKnownTypes;
using Wire = Broker.Protos.V1;

namespace Broker.Gateway.Reports;

/// <summary>Writes users' reports to the wire.</summary>
internal static class ReportWire
{
    public static Wire.UserReport ToWire(this UserReport report, string platform) => new()
    {
        Consent = report.Consent.ToWire(platform),
        HeldRecords = { report.RecordCounts.Select(ToWire) },
        Deliveries = { report.Deliveries.Select(delivery => ToWire(delivery, platform)) },
    };

    private static Wire.UserKindCount ToWire(KindCount count) => new() { Kind = (Wire.RecordKind)count.Kind, Count = count.Count };

    private static Wire.UserDelivery ToWire(UserDelivery delivery, string platform) => new()
    {
        Deal = ResourceNames.Deal(platform, delivery.Deal),
        Partner = ResourceNames.Partner(delivery.Partner),
        ContractVersion = delivery.ContractVersion,
        Purposes = { delivery.Purposes.ToWire() },
        Kind = (Wire.RecordKind)delivery.Kind,
        RecordCount = delivery.Records,
        FirstReleaseTime = delivery.FirstAt.ToTimestamp(),
        LastReleaseTime = delivery.LastAt.ToTimestamp(),
        RecalledCount = delivery.Recalled,
        DeletedCount = delivery.Deleted,
        RetainedInModels = { delivery.RetainedInModels },
        LegalHolds = { delivery.LegalHolds },
        IsHeld = delivery.IsHeld,
    };
}
