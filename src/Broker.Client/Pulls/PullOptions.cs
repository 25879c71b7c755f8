using Broker.Protos.V1;

namespace Broker.Client.Pulls;

/// <summary>How a deal is pulled.</summary>
public sealed record PullOptions
{
    /// <summary>The partitions to read; empty for all.</summary>
    public IReadOnlyList<int> Partitions { get; init; } = [];

    /// <summary>Most records of a slice: what is held in memory, lost with a break, and written at once.</summary>
    /// <value>1 to 65,536; 0 lets the gateway choose. Default 0.</value>
    public int SliceRecordsMax { get; init; }

    /// <summary>Most slices that are kept and not confirmed yet.</summary>
    /// <value>1 to 1,000. Default 32.</value>
    public int UnconfirmedMax { get; init; } = 32;

    /// <summary>How old the oldest slice that is kept and not confirmed may be when the next one is kept.</summary>
    /// <value>0 to 1 hour. Default 1 s.</value>
    public TimeSpan UnconfirmedAgeMax { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Whether the pull stays open once everything available is here, and brings what becomes available with a delay of seconds: until
    /// <see cref="PullSession.Stop"/>, the deal's end, or a full limit. The contract must allow it. Default false.</summary>
    public bool Follow { get; init; }

    /// <summary>What of the deal's scope is asked for; null for all of it. What it leaves out is not charged, and comes with a later pull without it.
    /// A pull that broke goes on with the same filter, one that holds it, or none.</summary>
    public PullFilter? Filter { get; init; }

    /// <summary>Throws where a value is out of its range.</summary>
    internal void Check()
    {
        ArgumentOutOfRangeException.ThrowIfNegative(SliceRecordsMax);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(SliceRecordsMax, 65_536);
        ArgumentOutOfRangeException.ThrowIfLessThan(UnconfirmedMax, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(UnconfirmedMax, 1_000);
        ArgumentOutOfRangeException.ThrowIfLessThan(UnconfirmedAgeMax, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(UnconfirmedAgeMax, TimeSpan.FromHours(1));
    }
}
