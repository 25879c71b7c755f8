namespace Broker.Storage.Sqlite;

/// <summary>A store must not be used as it is: it does not flush, is of a newer version, or is not ours. The message says what to do.</summary>
public sealed class StoreRefusedException : Exception
{
    /// <summary>Creates the exception.</summary>
    public StoreRefusedException(string message, Exception? innerException = null)
        : base(message, innerException)
    {
    }
}
