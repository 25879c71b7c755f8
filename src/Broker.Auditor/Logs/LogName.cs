namespace Broker.Auditor.Logs;

/// <summary>A log's name, taken apart.</summary>
/// <param name="Value">The whole name.</param>
/// <param name="Platform">The platform's id.</param>
/// <param name="IsPartition">A partition's log, or else a deal's.</param>
/// <param name="Id">The partition's index or the deal's id.</param>
internal sealed record LogName(string Value, string Platform, bool IsPartition, string Id)
{
    /// <summary>The name's parts; null where it is no log of a partition or a deal.</summary>
    public static LogName? Parse(string value) => value.Split('/') switch
    {
        ["platforms", var platform, "partitions", var index] => new(value, platform, true, index),
        ["platforms", var platform, "deals", var deal] => new(value, platform, false, deal),
        _ => null,
    };
}
