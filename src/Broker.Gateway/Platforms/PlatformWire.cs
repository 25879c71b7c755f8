using Broker.Gateway.Parsing;
using Broker.Grains.Platforms;
using Broker.Protos.V1;
using Google.Protobuf.WellKnownTypes;

namespace Broker.Gateway.Platforms;

/// <summary>Writes platforms, policies and datasets to the wire.</summary>
internal static class PlatformWire
{
    public static Platform ToWire(this PlatformView view) => new()
    {
        Name = ResourceNames.Platform(view.Id),
        DisplayName = view.DisplayName,
        PartitionCount = view.PartitionCount,
        CreateTime = view.CreatedAt.ToTimestamp(),
        PolicyVersion = view.Policies is [.., var newest] ? newest.Version : 0,
    };

    public static Dataset ToWire(this DatasetView view, string platform) => new()
    {
        Name = ResourceNames.Dataset(platform, view.Id),
        DisplayName = view.DisplayName,
        CreateTime = view.CreatedAt.ToTimestamp(),
    };

    public static Policy ToWire(this Domain.Consents.Policy policy) => new()
    {
        Version = policy.Version,
        Kinds = { policy.Kinds.ToWire() },
        Purposes = { policy.Purposes.ToWire() },
        EffectiveTime = policy.EffectiveAt.ToTimestamp(),
        DefaultRule = policy.DefaultRule.ToWire(),
        JurisdictionRules = { policy.JurisdictionRules.Select(ToWire) },
        ObjectionChannel = policy.ObjectionChannel,
    };

    private static JurisdictionRule ToWire(this Domain.Consents.JurisdictionRule rule) =>
        new() { Jurisdiction = rule.Jurisdiction, Regime = (Regime)rule.Regime, NoticeDays = rule.NoticeDays };
}
