using Broker.Domain.Consents;
using Broker.Domain.Partitions;
using Broker.Domain.Platforms;
using Wire = Broker.Protos.Log.V1;

namespace Broker.Grains.Partitions;

/// <summary>Events of the platform's policy and its notices.</summary>
internal static class PolicyWire
{
    public static Wire.PolicyAnnounced Encode(PolicyAnnounced announced) => new() { Policy = Encode(announced.Policy) };

    public static PolicyAnnounced Decode(Wire.PolicyAnnounced wire) =>
        new(Decode(wire.Policy ?? throw new InvalidDataException("A policy is missing.")));

    public static Wire.NoticesGiven Encode(NoticesGiven given)
    {
        var wire = new Wire.NoticesGiven
        {
            PolicyVersion = given.PolicyVersion,
            NotifiedAtTicks = WireValues.Ticks(given.NotifiedAt),
            Users = WireValues.Runs(given.Users),
        };
        if (given.DueAt is { } due) wire.DueAtTicks = WireValues.Ticks(due);
        return wire;
    }

    public static NoticesGiven Decode(Wire.NoticesGiven wire) => new(
        wire.PolicyVersion,
        WireValues.Time(wire.NotifiedAtTicks),
        wire.HasDueAtTicks ? WireValues.Time(wire.DueAtTicks) : null,
        WireValues.Runs(wire.Users));

    public static Wire.NoticeRun Encode(NoticeRun ran) =>
        new() { PolicyVersion = ran.PolicyVersion, DueAtTicks = WireValues.Ticks(ran.DueAt), Users = WireValues.Runs(ran.Users) };

    public static NoticeRun Decode(Wire.NoticeRun wire) => new(wire.PolicyVersion, WireValues.Time(wire.DueAtTicks), WireValues.Runs(wire.Users));

    public static Wire.Policy Encode(Policy policy)
    {
        var wire = new Wire.Policy
        {
            Version = policy.Version,
            Kinds = (uint)policy.Kinds,
            Purposes = (uint)policy.Purposes,
            EffectiveAtTicks = WireValues.Ticks(policy.EffectiveAt),
            DefaultRule = Encode(policy.DefaultRule),
            ObjectionChannel = policy.ObjectionChannel,
        };
        wire.JurisdictionRules.AddRange(policy.JurisdictionRules.Select(Encode));
        return wire;
    }

    public static Policy Decode(Wire.Policy wire) => new()
    {
        Version = wire.Version,
        Kinds = (RecordKinds)wire.Kinds,
        Purposes = (Purposes)wire.Purposes,
        EffectiveAt = WireValues.Time(wire.EffectiveAtTicks),
        DefaultRule = Decode(wire.DefaultRule ?? throw new InvalidDataException("A policy's default rule is missing.")),
        JurisdictionRules = [.. wire.JurisdictionRules.Select(Decode)],
        ObjectionChannel = wire.ObjectionChannel,
    };

    private static Wire.JurisdictionRule Encode(JurisdictionRule rule) =>
        new() { Jurisdiction = rule.Jurisdiction, Regime = (Wire.Regime)rule.Regime, NoticeDays = rule.NoticeDays };

    private static JurisdictionRule Decode(Wire.JurisdictionRule wire) => new(wire.Jurisdiction, (Regime)wire.Regime, wire.NoticeDays);
}
