using Microsoft.Extensions.Logging;

namespace Broker.Grains.Logs;

/// <summary>What every log's machine needs of its node; one instance a process.</summary>
/// <param name="Store">Where the logs lie.</param>
/// <param name="Snapshots">Where their snapshots lie, or null for none.</param>
/// <param name="Time">The monotonic clock; calendar time comes from the store.</param>
/// <param name="Options">The bounds.</param>
/// <param name="Meter">Counters.</param>
/// <param name="Loggers">Loggers.</param>
public sealed record LogServices(
    ILogStore Store, ISnapshotStore? Snapshots, TimeProvider Time, LogOptions Options, LogMeter Meter, ILoggerFactory Loggers)
{
    /// <summary>Where the logs' high-water marks lie, or null for none: then no restore is noticed.</summary>
    public ILogMarks? Marks { get; init; }

    /// <summary>Runs work that no caller waits for off the grains' turns: snapshots are encoded there.</summary>
    public Func<Func<byte[]>, Task<byte[]>> OffTurn { get; init; } = static work => Task.Run(work);

    /// <summary>The bounds, checked.</summary>
    public LogOptions Options { get; } = Checked(Options);

    /// <summary>Counters of what the logs' grains decide.</summary>
    public GrainMeter Grains { get; init; } = new();

    private static LogOptions Checked(LogOptions options)
    {
        options.Validate();
        return options;
    }
}
