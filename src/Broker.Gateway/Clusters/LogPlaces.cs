using Broker.Grains.Logs;

namespace Broker.Gateway.Clusters;

/// <summary>Which silo each log is active on, by the silos' own counts.</summary>
internal sealed class LogPlaces
{
    private const string PartitionGrains = "partition/";
    private const string DealGrains = "deal/";

    private readonly Dictionary<string, string> _silos = new(StringComparer.Ordinal);

    /// <summary>Takes the grains of deals and partitions out of the silos' statistics.</summary>
    public static LogPlaces Of(IEnumerable<DetailedGrainStatistic> statistics)
    {
        var places = new LogPlaces();
        foreach (var grain in statistics)
            if (LogOf(grain.GrainId.ToString()) is { } log)
                places._silos[log] = grain.SiloAddress.ToParsableString();
        return places;
    }

    /// <summary>The silo, or null where the log is not active.</summary>
    public string? Find(LogName log) => _silos.GetValueOrDefault(log.Value);

    /// <summary>How many logs are active on a silo.</summary>
    public int CountOn(SiloAddress silo)
    {
        var address = silo.ToParsableString();
        return _silos.Values.Count(place => place == address);
    }

    private static string? LogOf(string grain)
    {
        if (grain.StartsWith(PartitionGrains, StringComparison.Ordinal)) return NameOf(grain[PartitionGrains.Length..], "partitions");
        return grain.StartsWith(DealGrains, StringComparison.Ordinal) ? NameOf(grain[DealGrains.Length..], "deals") : null;
    }

    private static string? NameOf(string key, string folder) =>
        key.Split('/') is [var platform, var last] ? $"platforms/{platform}/{folder}/{last}" : null;
}
