using Broker.Domain.Deals;
using Broker.Grains.Logs;
using Broker.Grains.Partitions;
using Google.Protobuf;
using Wire = Broker.Protos.Log.V1;

namespace Broker.Grains.Deals;

/// <summary>A deal's events as <c>broker.log.v1.DealEvent</c>. Lossless; stateless.</summary>
public sealed class DealLogCodec : ILogCodec<DealEvent>
{
    /// <inheritdoc/>
    public ReadOnlyMemory<byte> Encode(DealEvent logEvent) =>
        (EncodeLedger(logEvent) ?? EncodeContract(logEvent) ?? EncodeLife(logEvent)
            ?? throw new InvalidOperationException($"{logEvent.GetType().Name} has no form on disk.")).ToByteArray();

    /// <inheritdoc/>
    public DealEvent Decode(ReadOnlyMemory<byte> bytes)
    {
        try
        {
            var wire = Wire.DealEvent.Parser.ParseFrom(bytes.Span);
            return DecodeLedger(wire) ?? DecodeContract(wire) ?? DecodeLife(wire)
                ?? throw new InvalidDataException($"No deal event of number {(int)wire.EventCase} is known.");
        }
        catch (InvalidProtocolBufferException failure)
        {
            throw new InvalidDataException("The bytes are no deal event.", failure);
        }
    }

    private static Wire.DealEvent? EncodeLedger(DealEvent fact) => fact switch
    {
        Reserved reserved => new() { Reserved = Encode(reserved) },
        Posted posted => new() { Posted = new() { Id = posted.Id, Actual = TermsWire.Encode(posted.Actual) } },
        Voided voided => new() { Voided = new() { Id = voided.Id } },
        Credited credited => new() { Credited = new() { Id = credited.Id, Total = TermsWire.Encode(credited.Total) } },
        _ => null,
    };

    private static Wire.DealEvent? EncodeContract(DealEvent fact) => fact switch
    {
        DealProposed proposed => new() { Proposed = new() { Partner = proposed.Partner, Terms = TermsWire.Encode(proposed.Terms), By = proposed.By } },
        AmendmentProposed amended => new()
        {
            AmendmentProposed = new()
            {
                Version = amended.Version,
                Terms = TermsWire.Encode(amended.Terms),
                EffectiveTicks = WireValues.Ticks(amended.EffectiveAt),
                By = amended.By,
            },
        },
        AmendmentApproved approved => new() { AmendmentApproved = new() { Version = approved.Version, By = approved.By } },
        VersionInForce entered => new() { VersionInForce = new() { Version = entered.Version } },
        _ => null,
    };

    private static Wire.DealEvent? EncodeLife(DealEvent fact) => fact switch
    {
        DealApproved approved => new() { Approved = new() { By = approved.By } },
        DealActivated => new() { Activated = new() },
        DealSuspended suspended => new() { Suspended = new() { Reason = suspended.Reason, By = suspended.By } },
        DealResumed resumed => new() { Resumed = new() { By = resumed.By } },
        DealExpired => new() { Expired = new() },
        DealTerminated terminated => new() { Terminated = new() { Reason = terminated.Reason, By = terminated.By } },
        RevocationCompleted completed => new() { RevocationCompleted = new() { Position = completed.Position } },
        _ => null,
    };

    private static DealEvent? DecodeLedger(Wire.DealEvent wire) => wire.EventCase switch
    {
        Wire.DealEvent.EventOneofCase.Reserved => Decode(wire.Reserved),
        Wire.DealEvent.EventOneofCase.Posted => new Posted(wire.Posted.Id, TermsWire.Decode(wire.Posted.Actual)),
        Wire.DealEvent.EventOneofCase.Voided => new Voided(wire.Voided.Id),
        Wire.DealEvent.EventOneofCase.Credited => new Credited(wire.Credited.Id, TermsWire.Decode(wire.Credited.Total)),
        _ => null,
    };

    private static DealEvent? DecodeContract(Wire.DealEvent wire) => wire.EventCase switch
    {
        Wire.DealEvent.EventOneofCase.Proposed => new DealProposed(wire.Proposed.Partner, TermsWire.Decode(wire.Proposed.Terms), wire.Proposed.By),
        Wire.DealEvent.EventOneofCase.AmendmentProposed => new AmendmentProposed(
            wire.AmendmentProposed.Version,
            TermsWire.Decode(wire.AmendmentProposed.Terms),
            WireValues.Time(wire.AmendmentProposed.EffectiveTicks),
            wire.AmendmentProposed.By),
        Wire.DealEvent.EventOneofCase.AmendmentApproved => new AmendmentApproved(wire.AmendmentApproved.Version, wire.AmendmentApproved.By),
        Wire.DealEvent.EventOneofCase.VersionInForce => new VersionInForce(wire.VersionInForce.Version),
        _ => null,
    };

    private static DealEvent? DecodeLife(Wire.DealEvent wire) => wire.EventCase switch
    {
        Wire.DealEvent.EventOneofCase.Approved => new DealApproved(wire.Approved.By),
        Wire.DealEvent.EventOneofCase.Activated => new DealActivated(),
        Wire.DealEvent.EventOneofCase.Suspended => new DealSuspended(wire.Suspended.Reason, wire.Suspended.By),
        Wire.DealEvent.EventOneofCase.Resumed => new DealResumed(wire.Resumed.By),
        Wire.DealEvent.EventOneofCase.Expired => new DealExpired(),
        Wire.DealEvent.EventOneofCase.Terminated => new DealTerminated(wire.Terminated.Reason, wire.Terminated.By),
        Wire.DealEvent.EventOneofCase.RevocationCompleted => new RevocationCompleted(wire.RevocationCompleted.Position),
        _ => null,
    };

    internal static Wire.Reserved Encode(Reserved reserved) => new()
    {
        Id = reserved.Id,
        ContractVersion = reserved.ContractVersion,
        Asked = TermsWire.Encode(reserved.Asked),
        First = TermsWire.Encode(reserved.First),
        Allowance = TermsWire.Encode(reserved.Allowance),
        Limit = reserved.Limit,
        ValidUntilTicks = WireValues.Ticks(reserved.ValidUntil),
        Day = reserved.Day,
        Month = reserved.Month,
    };

    internal static Reserved Decode(Wire.Reserved wire) => new(
        wire.Id,
        wire.ContractVersion,
        TermsWire.Decode(wire.Asked),
        TermsWire.Decode(wire.First),
        TermsWire.Decode(wire.Allowance),
        wire.Limit,
        WireValues.Time(wire.ValidUntilTicks),
        wire.Day,
        wire.Month);
}
