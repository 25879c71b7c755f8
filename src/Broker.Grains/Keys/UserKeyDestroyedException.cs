using Broker.Grains.Logs;

namespace Broker.Grains.Keys;

/// <summary>A key was asked for a user whose key has been destroyed.</summary>
[GenerateSerializer, Alias("broker.UserKeyDestroyedException")]
public sealed class UserKeyDestroyedException : Exception
{
    /// <summary>Creates the exception.</summary>
    public UserKeyDestroyedException(LogName partition, int user)
        : base($"The key of user {user} of {partition} has been destroyed; the number is not used again.")
    {
    }
}
