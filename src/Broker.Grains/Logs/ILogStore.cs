namespace Broker.Grains.Logs;

/// <summary>The port to the append-only logs: SQLite in an embedded node, PostgreSQL in a cluster.</summary>
/// <remarks>
/// A log is taken over before it is read or written: that raises its fence, and every append names the fence that it
/// was written under, so a stale activation's append matches nothing. Entries are opaque bytes here, chained by
/// SHA-256: the hash of entry n covers the hash of entry n−1.
/// </remarks>
public interface ILogStore
{
    /// <summary>Raises the log's fence by one (creating the log where there is none) and says where it ends.
    /// Waits for an append that is under way, so that what is read afterwards is final.</summary>
    /// <exception cref="LogUnavailableException">The store does not answer.</exception>
    Task<LogHead> TakeOverAsync(LogName log, CancellationToken cancellationToken);

    /// <summary>Appends the entries in one transaction, or none: only under the newest fence, at the expected position and in the named run.
    /// An empty list checks the fence and reads the store's clock.</summary>
    /// <exception cref="LogUnavailableException">Not written, or (<see cref="LogUnavailableException.OutcomeUnknown"/>)
    /// perhaps written: the caller must not write again under this fence.</exception>
    /// <exception cref="ArgumentException">An entry is larger than <see cref="LogLimits.EntryBytesMax"/>.</exception>
    Task<LogAppendResult> AppendAsync(LogAppend append, CancellationToken cancellationToken);

    /// <summary>Reads entries in order from <paramref name="fromPosition"/> (the first entry of a log is 1) to where the log
    /// ended when reading began, or later. Each is verified to chain to the one before it, the first one too.</summary>
    /// <exception cref="LogCorruptException">The chain does not hold, or a position is missing.</exception>
    IAsyncEnumerable<LogEntry> ReadAsync(LogName log, long fromPosition, CancellationToken cancellationToken);

    /// <summary>The names of all logs, in ordinal order.</summary>
    IAsyncEnumerable<LogName> ListAsync(CancellationToken cancellationToken);
}
