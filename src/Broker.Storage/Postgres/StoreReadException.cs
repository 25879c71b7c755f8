namespace Broker.Storage.Postgres;

/// <summary>A query failed: the database does not answer, or not in time.</summary>
public sealed class StoreReadException : Exception
{
    /// <summary>Creates the exception.</summary>
    public StoreReadException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
