namespace Broker.Auditor;

/// <summary>Where and when an entry was decided.</summary>
/// <param name="Position">Its position.</param>
/// <param name="Micros">When, microseconds since 1970.</param>
internal readonly record struct VerifiedPlace(long Position, long Micros)
{
    /// <summary>The last 100-nanosecond unit of that microsecond: the log's time is cut, times inside events are not.</summary>
    public long Ticks => Micros * TimeSpan.TicksPerMicrosecond + TimeSpan.TicksPerMicrosecond - 1;
}
