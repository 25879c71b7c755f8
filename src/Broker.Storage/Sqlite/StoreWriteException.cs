namespace Broker.Storage.Sqlite;

/// <summary>A write failed: the disk is full, or broken, or the database was closed.</summary>
public sealed class StoreWriteException : Exception
{
    /// <summary>Creates the exception.</summary>
    public StoreWriteException(string message, bool outcomeUnknown, Exception? innerException = null)
        : base(message, innerException) => OutcomeUnknown = outcomeUnknown;

    /// <summary>Whether it may be, or may yet become, durable: the commit itself failed.</summary>
    public bool OutcomeUnknown { get; }
}
