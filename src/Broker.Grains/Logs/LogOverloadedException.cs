namespace Broker.Grains.Logs;

/// <summary>Too much waits for the disk already; nothing of this call was decided. UNAVAILABLE with a retry delay.</summary>
[GenerateSerializer, Alias("broker.LogOverloadedException")]
public sealed class LogOverloadedException : Exception
{
    /// <summary>Creates the exception.</summary>
    public LogOverloadedException(LogName log)
        : base($"Too many commands wait for {log} to be written. Try again shortly.")
    {
    }

    /// <summary>What to tell the caller to wait.</summary>
    public static TimeSpan RetryDelay { get; } = TimeSpan.FromMilliseconds(200);
}
