namespace Broker.Grains.Logs;

/// <summary>Entries to append to one log in one transaction.</summary>
/// <param name="Log">The log.</param>
/// <param name="Fence">The fence that the writer got when it took the log over.</param>
/// <param name="ExpectedLastPosition">Where the writer believes the log ends.</param>
/// <param name="Entries">The entries, in order, numbered on from there; may be empty.</param>
public sealed record LogAppend(LogName Log, long Fence, long ExpectedLastPosition, IReadOnlyList<LogEntry> Entries)
{
    /// <summary>The run of the store in which the log was taken over, as <see cref="LogHead.Run"/> said; empty to append in any.</summary>
    public string Run { get; init; } = "";
}
