namespace Broker.Grains.Logs;

/// <summary>Another activation has taken this log over; this one answers nothing more. Calling again reaches the new one.</summary>
[GenerateSerializer, Alias("broker.LogFencedException")]
public sealed class LogFencedException : Exception
{
    /// <summary>Creates the exception.</summary>
    public LogFencedException(LogName log, long fence)
        : base($"{log} was taken over from this activation (fence {fence}). Call again.")
    {
    }
}
