using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Broker.Hosting.Clusters;

/// <summary>How soon a silo that does not answer is declared dead, and its grains may live elsewhere. Section <c>Membership</c>.</summary>
/// <remarks>None of it buys safety: the logs' fences do. It buys availability; the reasons and what was measured are in
/// docs/adr/0005.</remarks>
public sealed class MembershipOptions
{
    /// <summary>How long a probe's answer may take, and how often probes go out. 100 ms to 1 min. Default 1 s.</summary>
    /// <remarks>Orleans' default is 5 s; with three misses a stopped silo then counts as alive for more than 15 s.</remarks>
    [Range(typeof(TimeSpan), "00:00:00.100", "00:01:00")]
    public TimeSpan ProbeTimeout { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>How long a probe's time-out may grow where answers are slow; no less than <see cref="ProbeTimeout"/>. 100 ms to 4 min. Default 2 s.</summary>
    /// <remarks>Times <see cref="MissedProbesMax"/> it is also how long a silo counts as alive after its last message, whatever its probes say: that spares
    /// silos that are merely busy. Orleans' default, four times the time-out, made a stopped silo's gap 12 s longer than its probes.</remarks>
    [Range(typeof(TimeSpan), "00:00:00.100", "00:04:00")]
    public TimeSpan ProbeTimeoutMax { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>Probes missed in a row before a silo is suspected. 1 to 10. Default 3.</summary>
    /// <remarks>Two miss a collection of garbage on a starved machine; each more costs a second of every real death.</remarks>
    [Range(1, 10)]
    public int MissedProbesMax { get; set; } = 3;

    /// <summary>Silos that must suspect one before it is declared dead. 1 to 3. Default 1.</summary>
    /// <remarks>With two, three silos of which one is dead wait for the slower of both others. A false death costs one move of the silo's
    /// grains: the fences keep it from costing more.</remarks>
    [Range(1, 3)]
    public int DeathVotes { get; set; } = 1;

    /// <summary>How often the membership table is read where no gossip came. 1 s to 5 min. Default 5 s.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:05:00")]
    public TimeSpan TableRefresh { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>How often a silo writes that it lives. 1 s to 10 min. Default 10 s.</summary>
    /// <remarks>A silo that starts asks only those to answer that wrote within two of it: after a crash of all, nobody waits for the dead.</remarks>
    [Range(typeof(TimeSpan), "00:00:01", "00:10:00")]
    public TimeSpan AliveWrites { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>How long a silo may try to join, and a gateway to find a silo, before it gives its start up. 5 s to 10 min. Default 1 min.</summary>
    [Range(typeof(TimeSpan), "00:00:05", "00:10:00")]
    public TimeSpan JoinTime { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>Whether grains are found by the directory with versioned views, rather than the eventually consistent one. Default true.</summary>
    public bool IsDirectoryStrong { get; set; } = true;

    /// <summary>How long the strong directory leaves a dead silo's range unregistered where it could not be handed over. 0 to 1 min. Default 2 s.</summary>
    /// <remarks>Orleans' reckons 2 × probe time-out × misses, to let a stale silo notice that it is dead. Here its activations are fenced,
    /// so the wait only lengthens the gap.</remarks>
    [Range(typeof(TimeSpan), "00:00:00.001", "00:01:00")]
    public TimeSpan DirectoryRangeLease { get; set; } = TimeSpan.FromSeconds(2);
}

/// <summary>Checks the ranges of <see cref="MembershipOptions"/>.</summary>
[OptionsValidator]
internal sealed partial class MembershipOptionsValidator : IValidateOptions<MembershipOptions>;
