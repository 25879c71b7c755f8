namespace Broker.Grains.Keys;

/// <summary>The store of users' keys failed: it is down, or its disk is full.</summary>
[GenerateSerializer, Alias("broker.UserKeysUnavailableException")]
public sealed class UserKeysUnavailableException : Exception
{
    /// <summary>Creates the exception.</summary>
    public UserKeysUnavailableException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
