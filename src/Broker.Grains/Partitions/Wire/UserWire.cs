using Broker.Domain.Consents;
using Broker.Domain.Partitions;
using Broker.Domain.Platforms;
using Wire = Broker.Protos.Log.V1;

namespace Broker.Grains.Partitions;

/// <summary>Events of the partition and of single users.</summary>
internal static class UserWire
{
    public static Wire.PartitionCreated Encode(PartitionCreated created) =>
        new() { Platform = created.Platform, Index = created.Index, Count = created.Count };

    public static PartitionCreated Decode(Wire.PartitionCreated wire) => new(wire.Platform, wire.Index, wire.Count);

    public static Wire.UserAdded Encode(UserAdded added) =>
        new() { User = added.User, SealedId = WireValues.Bytes(added.SealedId), Jurisdiction = added.Jurisdiction };

    public static UserAdded Decode(Wire.UserAdded wire) => new(wire.User, WireValues.Bytes(wire.SealedId), wire.Jurisdiction);

    public static Wire.UserErased Encode(UserErased erased) =>
        new() { User = erased.User, SuppressionHash = WireValues.Bytes(erased.SuppressionHash) };

    public static UserErased Decode(Wire.UserErased wire) => new(wire.User, WireValues.Bytes(wire.SuppressionHash));

    public static Wire.ConsentChanged Encode(ConsentChanged changed)
    {
        var decision = changed.Decision;
        var wire = new Wire.ConsentChanged
        {
            User = changed.User,
            MadeAtTicks = WireValues.Ticks(decision.MadeAt),
            Purposes = (uint)decision.Purposes,
            Kinds = (uint)decision.Kinds,
            Choice = (Wire.ConsentChoice)decision.Choice,
            Source = (Wire.ConsentSource)decision.Source,
        };
        if (decision.Partner is { } partner) wire.Partner = partner;
        return wire;
    }

    public static ConsentChanged Decode(Wire.ConsentChanged wire) => new(wire.User, new ConsentDecision(
        WireValues.Time(wire.MadeAtTicks),
        (Purposes)wire.Purposes,
        (RecordKinds)wire.Kinds,
        wire.HasPartner ? wire.Partner : null,
        (ConsentChoice)wire.Choice,
        (ConsentSource)wire.Source));
}
