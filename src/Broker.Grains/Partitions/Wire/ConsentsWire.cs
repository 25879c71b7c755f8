using System.Collections.Immutable;
using Broker.Domain.Consents;
using Broker.Domain.Partitions;
using Broker.Grains.Logs;
using Google.Protobuf;
using Google.Protobuf.Collections;
using Wire = Broker.Protos.Log.V1;

namespace Broker.Grains.Partitions;

/// <summary>The consent of a partition's users in a snapshot.</summary>
internal static class ConsentsWire
{
    public static Wire.Consents EncodeWithoutHistories(ConsentSnapshot snapshot) => new()
    {
        Announced = { snapshot.Announced.Select(PolicyWire.Encode) },
        InForce = { snapshot.InForce.Select(Encode) },
        LastOpening = snapshot.LastOpening,
        Pending = { snapshot.Pending.Select(notice => PolicyWire.Encode(new NoticeRun(notice.PolicyVersion, notice.DueAt, notice.Users))) },
        Jurisdictions = { snapshot.Jurisdictions },
        JurisdictionOf = { snapshot.JurisdictionOf.Select(static value => (uint)value) },
        NoticeVersionOf = { snapshot.NoticeVersionOf.Select(static value => (uint)value) },
        NoticePositionOf = { snapshot.NoticePositionOf },
        NotifiedVersionOf = { snapshot.NotifiedVersionOf.Select(static value => (uint)value) },
    };

    /// <summary>Writes the histories as they stand in <see cref="Wire.Consents"/>.</summary>
    public static void WriteHistories(ImmutableArray<UserHistory> histories, Stream stream)
    {
        using var output = new CodedOutputStream(stream, leaveOpen: true);
        SnapshotBytes.WriteEach(output, Wire.Consents.HistoriesFieldNumber, histories, Encode);
    }

    public static ConsentSnapshot Decode(Wire.Consents wire) => new()
    {
        Announced = [.. wire.Announced.Select(PolicyWire.Decode)],
        InForce = [.. wire.InForce.Select(Decode)],
        LastOpening = wire.LastOpening,
        Pending = [.. wire.Pending.Select(PolicyWire.Decode).Select(notice => new PendingNotice(notice.PolicyVersion, notice.DueAt, notice.Users))],
        Jurisdictions = [.. wire.Jurisdictions],
        JurisdictionOf = Column(wire.JurisdictionOf),
        NoticeVersionOf = Column(wire.NoticeVersionOf),
        NoticePositionOf = [.. wire.NoticePositionOf],
        NotifiedVersionOf = Column(wire.NotifiedVersionOf),
        Histories = [.. wire.Histories.Select(Decode)],
    };

    private static ImmutableArray<ushort> Column(RepeatedField<uint> values) => [.. values.Select(static value => checked((ushort)value))];

    private static Wire.UserHistory Encode(UserHistory history) => new()
    {
        User = history.User,
        Jurisdictions = { history.Jurisdictions.Select(fact => new Wire.JurisdictionSince { Position = fact.Position, Jurisdiction = fact.Jurisdiction }) },
        Notices = { history.Notices.Select(Encode) },
        Decisions = { history.Decisions.Select(fact => new Wire.DecisionSince { Position = fact.Position, Decision = UserWire.Encode(new ConsentChanged(0, fact.Decision)) }) },
    };

    private static UserHistory Decode(Wire.UserHistory wire) => new(
        wire.User,
        [.. wire.Jurisdictions.Select(fact => (fact.Position, fact.Jurisdiction))],
        [.. wire.Notices.Select(Decode)],
        [.. wire.Decisions.Select(fact => (fact.Position, UserWire.Decode(fact.Decision ?? throw new InvalidDataException("A decision is missing.")).Decision))]);

    private static Wire.VersionSince Encode((long Position, int Version) fact) => new() { Position = fact.Position, Version = fact.Version };

    private static (long Position, int Version) Decode(Wire.VersionSince wire) => (wire.Position, wire.Version);
}
