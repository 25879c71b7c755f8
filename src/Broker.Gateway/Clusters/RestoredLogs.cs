using Broker.Domain.Restores;
using Broker.Gateway.Parsing;
using Broker.Grains.Deals;
using Broker.Grains.Partitions;
using Broker.Grains.Restores;
using Broker.Protos.V1;

namespace Broker.Gateway.Clusters;

/// <summary>Restored logs on the wire.</summary>
internal static class RestoredLogs
{
    /// <summary>The grain over a log, or null where the name is none.</summary>
    public static IRestoredLog? Find(IGrainFactory grains, string name)
    {
        if (ResourceNames.ParseLog(name) is null) return null;
        var parts = name.Split('/');
        var key = $"{parts[1]}/{parts[3]}";
        return parts[2] == "deals" ? grains.GetGrain<IDealGrain>(key) : grains.GetGrain<IPartitionGrain>(key);
    }

    /// <summary>What is amiss.</summary>
    public static LogGap ToWire(RestoreGap gap) => new()
    {
        Kind = gap.Kind switch
        {
            RestoreGapKind.Behind => LogGapKind.Behind,
            RestoreGapKind.OtherHistory => LogGapKind.OtherHistory,
            RestoreGapKind.OtherStore => LogGapKind.OtherStore,
            RestoreGapKind.MarkUnreadable => LogGapKind.MarkUnreadable,
            _ => LogGapKind.Unspecified,
        },
        ExpectedPosition = gap.Expected.Position,
        FoundPosition = gap.Found.Position,
        ExpectedStore = gap.Expected.Store,
        FoundStore = gap.Found.Store,
    };
}
