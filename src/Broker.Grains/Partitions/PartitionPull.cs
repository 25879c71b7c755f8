using Broker.Grains.Pulls;

namespace Broker.Grains.Partitions;

/// <summary>One deal's pull in this activation: who sends it, one step at a time. Nothing here is the truth.</summary>
internal sealed class PartitionPull
{
    /// <summary>Select, reserve and release of one pull run one after another.</summary>
    public SemaphoreSlim Gate { get; } = new(1);

    /// <summary>The stream that is attached, or null.</summary>
    public string? StreamId { get; set; }

    /// <summary>Whom to tell of revocations.</summary>
    public IPullObserver? Observer { get; set; }

    /// <summary>Whether the attached stream has opened its round: it gets what was available when it came, not what comes after.</summary>
    public bool HasOpenedRound { get; set; }

    /// <summary>Whether the attached stream was told that there is nothing more, and is to be told when there may be.</summary>
    public bool IsWaiting { get; set; }

    /// <summary>The last position at which it was looked for something new, and nothing was.</summary>
    public long NothingUpTo { get; set; }

    /// <summary>How often the deal has stopped or narrowed here. Who asked the deal whether it is active, and finds another number when
    /// deciding, asks again: that answer may be older than the stop.</summary>
    public long Revocations { get; set; }
}
