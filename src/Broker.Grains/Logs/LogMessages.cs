using Microsoft.Extensions.Logging;

namespace Broker.Grains.Logs;

/// <summary>What the logs' machines log: events 2100 to 2149.</summary>
internal static partial class LogMessages
{
    [LoggerMessage(2100, LogLevel.Information, "Took over {Log}: fence {Fence}, position {Position}, {Replayed} entries replayed after snapshot {Snapshot}")]
    public static partial void Replayed(ILogger logger, LogName log, long fence, long position, long replayed, long snapshot);

    [LoggerMessage(2101, LogLevel.Warning, "{Log} was taken over from this activation (fence {Fence}: {Outcome}); it drops its state")]
    public static partial void Fenced(ILogger logger, LogName log, long fence, LogAppendOutcome outcome);

    [LoggerMessage(2102, LogLevel.Error, "Appending to {Log} after position {Position} failed; this activation writes no more")]
    public static partial void AppendFailed(ILogger logger, LogName log, long position, Exception failure);

    [LoggerMessage(2103, LogLevel.Warning, "The snapshot of {Log} at position {Position} is ignored: {Why}")]
    public static partial void SnapshotIgnored(ILogger logger, LogName log, long position, string why, Exception? failure);

    [LoggerMessage(2104, LogLevel.Warning, "Publishing a snapshot of {Log} at position {Position} failed; the next one will be tried in its turn")]
    public static partial void SnapshotFailed(ILogger logger, LogName log, long position, Exception failure);

    [LoggerMessage(2105, LogLevel.Debug, "Published a snapshot of {Log} at position {Position}: {Bytes} bytes")]
    public static partial void SnapshotPublished(ILogger logger, LogName log, long position, int bytes);

    [LoggerMessage(2107, LogLevel.Critical, "{Log} is held: {Kind}. Expected {Expected}, found {Found}. Run `broker cluster reconcile`")]
    public static partial void Held(ILogger logger, LogName log, Broker.Domain.Restores.RestoreGapKind kind, Broker.Domain.Restores.LogPlace expected, Broker.Domain.Restores.LogPlace found);

    [LoggerMessage(2108, LogLevel.Warning, "The high-water mark of {Log} could not be read; it reserves and releases nothing until it can be")]
    public static partial void MarkUnread(ILogger logger, LogName log, Exception failure);

    [LoggerMessage(2109, LogLevel.Warning, "Leaving a high-water mark of {Log} at position {Position} failed; the next one will be tried in its turn")]
    public static partial void MarkFailed(ILogger logger, LogName log, long position, Exception failure);

    [LoggerMessage(2110, LogLevel.Warning, "{Log} was reconciled by {By}: it goes on from position {Position}")]
    public static partial void Reconciled(ILogger logger, LogName log, string by, long position);

    [LoggerMessage(2111, LogLevel.Warning, "{Log} lies in another store, or in one that was started anew, since this activation (fence {Fence}, {Run}) took it over; it drops its state, and the next one looks for a restore")]
    public static partial void OtherRun(ILogger logger, LogName log, long fence, string run);

    [LoggerMessage(2106, LogLevel.Critical, "Applying a decided event to {Log} after position {Position} failed; the state is dropped")]
    public static partial void ApplyFailed(ILogger logger, LogName log, long position, Exception failure);
}
