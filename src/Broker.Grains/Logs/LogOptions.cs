namespace Broker.Grains.Logs;

/// <summary>Bounds of each log's writer.</summary>
public sealed class LogOptions
{
    /// <summary>Events that may wait for the disk, 1 to 1,000,000; beyond, callers get <see cref="LogOverloadedException"/>.</summary>
    public int QueueEventsMax { get; set; } = 4096;

    /// <summary>Bytes that may wait for the disk, from 1 MiB; beyond, callers get <see cref="LogOverloadedException"/>.</summary>
    public long QueueBytesMax { get; set; } = 64L << 20;

    /// <summary>Answers without events that may wait for the disk, 1 to 1,000,000; beyond, callers get <see cref="LogOverloadedException"/>.</summary>
    public int QueueChecksMax { get; set; } = 16_384;

    /// <summary>Events in one append, 1 to 100,000. One command's events are never split.</summary>
    public int BatchEventsMax { get; set; } = 1024;

    /// <summary>Bytes in one append, from 1 KiB. One command's events are never split.</summary>
    public long BatchBytesMax { get; set; } = 4L << 20;

    /// <summary>Least entries between two snapshots, from 1; in a long log an eighth of it lies between them.</summary>
    public int SnapshotEveryEntries { get; set; } = 10_000;

    /// <summary>Request ids remembered for each log, from 0: the newest.</summary>
    public int RequestIdsKept { get; set; } = 65_536;

    /// <summary>Least time between two high-water marks of one log, 10 ms to 1 h. What was appended since the newest one is what a
    /// restored backup could lack without being noticed.</summary>
    public TimeSpan MarkEvery { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>Throws where an option is out of its range.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Names the option.</exception>
    public void Validate()
    {
        InRange(QueueEventsMax, 1, 1_000_000, nameof(QueueEventsMax));
        InRange(QueueBytesMax, 1L << 20, long.MaxValue, nameof(QueueBytesMax));
        InRange(QueueChecksMax, 1, 1_000_000, nameof(QueueChecksMax));
        InRange(BatchEventsMax, 1, 100_000, nameof(BatchEventsMax));
        InRange(BatchBytesMax, 1024, 1L << 30, nameof(BatchBytesMax));
        InRange(SnapshotEveryEntries, 1, int.MaxValue, nameof(SnapshotEveryEntries));
        InRange(RequestIdsKept, 0, 10_000_000, nameof(RequestIdsKept));
        InRange(MarkEvery.Ticks, TimeSpan.FromMilliseconds(10).Ticks, TimeSpan.FromHours(1).Ticks, nameof(MarkEvery));
    }

    private static void InRange(long value, long min, long max, string name)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(value, min, name);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(value, max, name);
    }
}
