namespace Broker.Grains.Logs;

/// <summary>The port to published snapshots: a directory in an embedded node, the object store in a cluster.
/// A snapshot only saves time: losing all of them loses nothing.</summary>
public interface ISnapshotStore
{
    /// <summary>Publishes a snapshot whole or not at all; older ones may go.</summary>
    /// <param name="log">The log.</param>
    /// <param name="position">The last entry in it; durable already.</param>
    /// <param name="hash">That entry's hash.</param>
    /// <param name="bytes">The snapshot.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    Task PublishAsync(LogName log, long position, ReadOnlyMemory<byte> hash, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken);

    /// <summary>The newest readable snapshot of the log, or null.</summary>
    Task<PublishedSnapshot?> LatestAsync(LogName log, CancellationToken cancellationToken);
}

/// <summary>A snapshot as it was published.</summary>
/// <param name="Position">The last entry in it.</param>
/// <param name="Hash">That entry's hash.</param>
/// <param name="Bytes">The snapshot.</param>
public sealed record PublishedSnapshot(long Position, ReadOnlyMemory<byte> Hash, ReadOnlyMemory<byte> Bytes);
