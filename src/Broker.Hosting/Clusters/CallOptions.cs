using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Broker.Hosting.Clusters;

/// <summary>Calls between the nodes of a cluster: how long one may take, and how many may wait. Section <c>Calls</c>.</summary>
public sealed class CallOptions
{
    /// <summary>How long a call may take that waits for no barrier; beyond, its outcome is unknown. 1 s to 5 min. Default 10 s.</summary>
    /// <remarks>Two seconds failed cold first calls on a loaded machine of two cores. A dead silo is not waited for so long: see
    /// <see cref="DeadSiloGrace"/>.</remarks>
    [Range(typeof(TimeSpan), "00:00:01", "00:05:00")]
    public TimeSpan ResponseTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>How often a gateway looks which silos there are, and which died. 100 ms to 1 min. Default 1 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "00:01:00")]
    public TimeSpan SiloWatchPeriod { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>How long a gateway still waits for calls that were under way when a silo was declared dead. 0 to 1 min. Default 500 ms.</summary>
    /// <remarks>A client of Orleans does not know which silo has its call, and would wait out the whole time-out. What lives answers within
    /// this; the rest is failed as of unknown outcome, and is repeated under its id.</remarks>
    [Range(typeof(TimeSpan), "00:00:00", "00:01:00")]
    public TimeSpan DeadSiloGrace { get; set; } = TimeSpan.FromMilliseconds(500);

    /// <summary>Calls that may wait for one grain that takes one at a time. 10 to 100,000. Default 2,000; beyond, callers get UNAVAILABLE.</summary>
    /// <remarks>Deals and partitions take calls side by side: what waits there is bounded by <c>LogOptions</c>.</remarks>
    [Range(10, 100_000)]
    public int WaitingCallsMax { get; set; } = 2_000;

    /// <summary>CPU use of a silo, percent, from which it turns clients' calls away. 50 to 100. Default 98.</summary>
    [Range(50, 100)]
    public int CpuPercentMax { get; set; } = 98;

    /// <summary>Memory use of a silo, percent, from which it turns clients' calls away. 50 to 100. Default 95.</summary>
    [Range(50, 100)]
    public int MemoryPercentMax { get; set; } = 95;
}

/// <summary>Checks the ranges of <see cref="CallOptions"/>.</summary>
[OptionsValidator]
internal sealed partial class CallOptionsValidator : IValidateOptions<CallOptions>;
