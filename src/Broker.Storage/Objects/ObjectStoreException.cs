namespace Broker.Storage.Objects;

/// <summary>An object store did not do what it was asked: it is unreachable, full, not allowed, or broke off. Not thrown where an object is merely absent.</summary>
public sealed class ObjectStoreException : IOException
{
    /// <summary>Creates the exception.</summary>
    public ObjectStoreException(string message, Exception? innerException = null)
        : base(message, innerException)
    {
    }
}
