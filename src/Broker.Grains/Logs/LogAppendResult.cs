namespace Broker.Grains.Logs;

/// <summary>What the store says to an append.</summary>
/// <param name="Outcome">Written, or why not.</param>
/// <param name="StoreTime">The store's clock when it decided, UTC.</param>
public readonly record struct LogAppendResult(LogAppendOutcome Outcome, DateTimeOffset StoreTime);

/// <summary>The answers of a store that works.</summary>
public enum LogAppendOutcome
{
    /// <summary>Durable (flushed to disk).</summary>
    Appended = 1,

    /// <summary>Another activation has taken the log over; nothing was written.</summary>
    Fenced = 2,

    /// <summary>The log does not end where the writer believes; nothing was written.</summary>
    PositionMismatch = 3,

    /// <summary>The store is not the one in which the log was taken over, or was started anew since: it may have been restored to before
    /// that, and then neither fence nor position says so. Nothing was written.</summary>
    OtherRun = 4,
}
