namespace Broker.Grains.Logs;

/// <summary>The log store failed: it is down, its disk is full, or the connection broke.</summary>
[GenerateSerializer, Alias("broker.LogUnavailableException")]
public sealed class LogUnavailableException : Exception
{
    /// <summary>Creates the exception.</summary>
    /// <param name="message">What failed.</param>
    /// <param name="outcomeUnknown">Whether the append may have been, or may yet be, committed.</param>
    /// <param name="innerException">The store's own exception.</param>
    public LogUnavailableException(string message, bool outcomeUnknown, Exception? innerException = null)
        : base(message, innerException) => OutcomeUnknown = outcomeUnknown;

    /// <summary>Whether the append may have been, or may yet be, committed.</summary>
    [Id(0)]
    public bool OutcomeUnknown { get; }
}
