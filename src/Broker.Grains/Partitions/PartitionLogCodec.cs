using Broker.Domain.Partitions;
using Broker.Grains.Logs;
using Google.Protobuf;
using Wire = Broker.Protos.Log.V1;

namespace Broker.Grains.Partitions;

/// <summary>A partition's events as <c>broker.log.v1.PartitionEvent</c>. Lossless; stateless.</summary>
public sealed class PartitionLogCodec : ILogCodec<PartitionEvent>
{
    /// <inheritdoc/>
    public ReadOnlyMemory<byte> Encode(PartitionEvent logEvent) => ToWire(logEvent).ToByteArray();

    /// <inheritdoc/>
    public PartitionEvent Decode(ReadOnlyMemory<byte> bytes)
    {
        try
        {
            var wire = Wire.PartitionEvent.Parser.ParseFrom(bytes.Span);
            return DecodeUsers(wire) ?? DecodeReleases(wire) ?? throw new InvalidDataException($"No partition event of number {(int)wire.EventCase} is known.");
        }
        catch (InvalidProtocolBufferException failure)
        {
            throw new InvalidDataException("The bytes are no partition event.", failure);
        }
    }

    private static Wire.PartitionEvent ToWire(PartitionEvent fact) =>
        EncodeUsers(fact) ?? EncodeReleases(fact) ?? throw new InvalidOperationException($"{fact.GetType().Name} has no form on disk.");

    private static Wire.PartitionEvent? EncodeUsers(PartitionEvent fact) => fact switch
    {
        PartitionCreated created => new() { Created = UserWire.Encode(created) },
        PolicyAnnounced announced => new() { PolicyAnnounced = PolicyWire.Encode(announced) },
        PolicyInForce entered => new() { PolicyInForce = new() { Version = entered.Version } },
        UserAdded added => new() { UserAdded = UserWire.Encode(added) },
        JurisdictionChanged moved => new() { JurisdictionChanged = new() { User = moved.User, Jurisdiction = moved.Jurisdiction } },
        NoticesGiven given => new() { NoticesGiven = PolicyWire.Encode(given) },
        NoticeRun ran => new() { NoticeRun = PolicyWire.Encode(ran) },
        ConsentChanged changed => new() { ConsentChanged = UserWire.Encode(changed) },
        RecordsAdded added => new() { RecordsAdded = RecordWire.Encode(added) },
        RecordRemoved removed => new() { RecordRemoved = RecordWire.Encode(removed) },
        SegmentsMerged merged => new() { SegmentsMerged = SegmentWire.Encode(merged) },
        SegmentsDeleted deleted => new() { SegmentsDeleted = new() { SegmentIds = { deleted.SegmentIds } } },
        TokensCounted counted => new() { TokensCounted = SegmentWire.Encode(counted) },
        UserErased erased => new() { UserErased = UserWire.Encode(erased) },
        UserKeyDestroyed destroyed => new() { UserKeyDestroyed = new() { User = destroyed.User } },
        _ => null,
    };

    private static Wire.PartitionEvent? EncodeReleases(PartitionEvent fact) => fact switch
    {
        ContractSeen seen => new() { ContractSeen = DealWire.Encode(seen) },
        PullOpened opened => new() { PullOpened = DealWire.Encode(opened) },
        PullFinished finished => new() { PullFinished = new() { Deal = finished.Deal, Round = finished.Round } },
        Released released => new() { Released = ReleasedWire.Encode(released) },
        Resent resent => new() { Resent = DealWire.Encode(resent) },
        Confirmed confirmed => new() { Confirmed = DealWire.Encode(confirmed) },
        CreditsSettled settled => new() { CreditsSettled = new() { Deal = settled.Deal, UpTo = settled.UpTo } },
        ReservationVoided voided => new() { ReservationVoided = new() { Deal = voided.Deal, ReservationId = voided.ReservationId } },
        RecallIssued issued => new() { RecallIssued = RecallWire.Encode(issued) },
        RecallAnswered answered => new() { RecallAnswered = RecallWire.Encode(answered) },
        TrainingRunRegistered registered => new() { TrainingRunRegistered = RecallWire.Encode(registered) },
        _ => null,
    };

    private static PartitionEvent? DecodeUsers(Wire.PartitionEvent wire) => wire.EventCase switch
    {
        Wire.PartitionEvent.EventOneofCase.Created => UserWire.Decode(wire.Created),
        Wire.PartitionEvent.EventOneofCase.PolicyAnnounced => PolicyWire.Decode(wire.PolicyAnnounced),
        Wire.PartitionEvent.EventOneofCase.PolicyInForce => new PolicyInForce(wire.PolicyInForce.Version),
        Wire.PartitionEvent.EventOneofCase.UserAdded => UserWire.Decode(wire.UserAdded),
        Wire.PartitionEvent.EventOneofCase.JurisdictionChanged =>
            new JurisdictionChanged(wire.JurisdictionChanged.User, wire.JurisdictionChanged.Jurisdiction),
        Wire.PartitionEvent.EventOneofCase.NoticesGiven => PolicyWire.Decode(wire.NoticesGiven),
        Wire.PartitionEvent.EventOneofCase.NoticeRun => PolicyWire.Decode(wire.NoticeRun),
        Wire.PartitionEvent.EventOneofCase.ConsentChanged => UserWire.Decode(wire.ConsentChanged),
        Wire.PartitionEvent.EventOneofCase.RecordsAdded => RecordWire.Decode(wire.RecordsAdded),
        Wire.PartitionEvent.EventOneofCase.RecordRemoved => RecordWire.Decode(wire.RecordRemoved),
        Wire.PartitionEvent.EventOneofCase.SegmentsMerged => SegmentWire.Decode(wire.SegmentsMerged),
        Wire.PartitionEvent.EventOneofCase.SegmentsDeleted => new SegmentsDeleted([.. wire.SegmentsDeleted.SegmentIds]),
        Wire.PartitionEvent.EventOneofCase.TokensCounted => SegmentWire.Decode(wire.TokensCounted),
        Wire.PartitionEvent.EventOneofCase.UserErased => UserWire.Decode(wire.UserErased),
        Wire.PartitionEvent.EventOneofCase.UserKeyDestroyed => new UserKeyDestroyed(wire.UserKeyDestroyed.User),
        _ => null,
    };

    private static PartitionEvent? DecodeReleases(Wire.PartitionEvent wire) => wire.EventCase switch
    {
        Wire.PartitionEvent.EventOneofCase.ContractSeen => DealWire.Decode(wire.ContractSeen),
        Wire.PartitionEvent.EventOneofCase.PullOpened => DealWire.Decode(wire.PullOpened),
        Wire.PartitionEvent.EventOneofCase.PullFinished => new PullFinished(wire.PullFinished.Deal, wire.PullFinished.Round),
        Wire.PartitionEvent.EventOneofCase.Released => ReleasedWire.Decode(wire.Released),
        Wire.PartitionEvent.EventOneofCase.Resent => DealWire.Decode(wire.Resent),
        Wire.PartitionEvent.EventOneofCase.Confirmed => DealWire.Decode(wire.Confirmed),
        Wire.PartitionEvent.EventOneofCase.CreditsSettled => new CreditsSettled(wire.CreditsSettled.Deal, wire.CreditsSettled.UpTo),
        Wire.PartitionEvent.EventOneofCase.ReservationVoided => new ReservationVoided(wire.ReservationVoided.Deal, wire.ReservationVoided.ReservationId),
        Wire.PartitionEvent.EventOneofCase.RecallIssued => RecallWire.Decode(wire.RecallIssued),
        Wire.PartitionEvent.EventOneofCase.RecallAnswered => RecallWire.Decode(wire.RecallAnswered),
        Wire.PartitionEvent.EventOneofCase.TrainingRunRegistered => RecallWire.Decode(wire.TrainingRunRegistered),
        _ => null,
    };
}
