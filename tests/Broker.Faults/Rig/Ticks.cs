using System.Diagnostics;

namespace Broker.Faults.Rig;

/// <summary>The machine's monotonic clock, which all processes of the rig read alike.</summary>
internal static class Ticks
{
    /// <summary>Now, nanoseconds.</summary>
    public static long Now => (long)(Stopwatch.GetTimestamp() * (1e9 / Stopwatch.Frequency));

    /// <summary>A span of it.</summary>
    public static TimeSpan Between(long from, long to) => TimeSpan.FromMicroseconds((to - from) / 1e3);

    /// <summary>A moment that much later.</summary>
    public static long After(long from, TimeSpan span) => from + (long)(span.TotalMicroseconds * 1e3);
}
