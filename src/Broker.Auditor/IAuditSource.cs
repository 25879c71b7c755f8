namespace Broker.Auditor;

/// <summary>The port to the logs that are audited: a stopped node's files, a running cluster's store, or an export.</summary>
public interface IAuditSource
{
    /// <summary>The names of all logs: <c>platforms/{platform}/partitions/{index}</c> and <c>platforms/{platform}/deals/{deal}</c>.
    /// Asked again for the second reading of the deals.</summary>
    IAsyncEnumerable<string> ListLogsAsync(CancellationToken cancellationToken);

    /// <summary>Every entry of a log from the first to where it ends when reading begins, or later; as it is stored, unchecked.</summary>
    IAsyncEnumerable<AuditEntry> ReadAsync(string log, CancellationToken cancellationToken);

    /// <summary>Where the store says, beside the entries, that the log ends; asked before they are read. Null where it says nothing:
    /// then entries that are missing at a log's end are only missed where another log names them.</summary>
    Task<long?> LastPositionAsync(string log, CancellationToken cancellationToken) => Task.FromResult<long?>(null);
}

/// <summary>One entry as it is stored.</summary>
/// <param name="Position">Its place, from 1.</param>
/// <param name="Fence">The fence that it was written under.</param>
/// <param name="DecidedAtMicros">When it was decided, microseconds since 1970-01-01T00:00:00Z.</param>
/// <param name="Payload">The envelope's bytes.</param>
/// <param name="Hash">The stored hash.</param>
public sealed record AuditEntry(long Position, long Fence, long DecidedAtMicros, ReadOnlyMemory<byte> Payload, ReadOnlyMemory<byte> Hash);
