namespace Broker.Grains.Logs;

/// <summary>The port to the logs' high-water marks, which lie apart from the logs and their backups (in the object store): a
/// log that ends before its mark comes from an older backup.</summary>
/// <remarks>One mark a log. Activations write it in the background, seldom, and never on an append's path.</remarks>
public interface ILogMarks
{
    /// <summary>The log's mark, or null where none was ever left.</summary>
    /// <exception cref="IOException">The object store does not answer, or the mark cannot be read: it is never taken for none.</exception>
    Task<LogMark?> LoadAsync(LogName log, CancellationToken cancellationToken);

    /// <summary>Raises the log's mark: one at the same or a higher position stays as it is.</summary>
    /// <exception cref="IOException">Not written, or not known to be.</exception>
    Task RaiseAsync(LogName log, LogMark mark, CancellationToken cancellationToken);

    /// <summary>Puts the mark there whatever stood before, lower too: an operator has reconciled the log.</summary>
    /// <exception cref="IOException">Not written, or not known to be.</exception>
    Task ResetAsync(LogName log, LogMark mark, CancellationToken cancellationToken);
}
