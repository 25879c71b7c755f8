using Broker.Protos.V1;
using Google.Protobuf.WellKnownTypes;
using Silo = Broker.Protos.V1.Silo;

namespace Broker.Gateway.Clusters;

/// <summary>Silos on the wire.</summary>
internal static class SiloWire
{
    /// <summary>The living first.</summary>
    public static int Rank(MembershipEntry host) => (int)StateOf(host.Status) switch
    {
        (int)SiloState.Active => 0,
        (int)SiloState.Joining => 1,
        (int)SiloState.Leaving => 2,
        _ => 3,
    };

    /// <summary>A silo.</summary>
    public static Silo Of(MembershipEntry host, LogPlaces places) => new()
    {
        Address = host.SiloAddress.ToParsableString(),
        Name = host.SiloName ?? "",
        State = StateOf(host.Status),
        StartTime = TimeOf(host.StartTime),
        AliveTime = TimeOf(host.IAmAliveTime),
        ActiveLogCount = places.CountOn(host.SiloAddress),
    };

    private static SiloState StateOf(SiloStatus status) => status switch
    {
        SiloStatus.Created or SiloStatus.Joining => SiloState.Joining,
        SiloStatus.Active => SiloState.Active,
        SiloStatus.ShuttingDown or SiloStatus.Stopping => SiloState.Leaving,
        SiloStatus.Dead => SiloState.Dead,
        _ => SiloState.Unspecified,
    };

    private static Timestamp TimeOf(DateTime utc) => DateTime.SpecifyKind(utc, DateTimeKind.Utc).ToTimestamp();
}
