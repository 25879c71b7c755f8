namespace Broker.Grains.Logs;

/// <summary>A log on disk is not what was written: a hash does not chain, or a position is missing.</summary>
/// <param name="log">The log.</param>
/// <param name="position">The first position at fault.</param>
/// <param name="message">What is wrong with it.</param>
public sealed class LogCorruptException(LogName log, long position, string message)
    : Exception($"{log}, position {position}: {message}")
{
    /// <summary>The log.</summary>
    public LogName Log { get; } = log;

    /// <summary>The first position at fault.</summary>
    public long Position { get; } = position;
}
