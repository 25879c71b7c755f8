using System.Diagnostics.Metrics;

namespace Broker.Grains.Logs;

/// <summary>The meter <c>Broker.Log</c>.</summary>
public sealed class LogMeter : IDisposable
{
    /// <summary>The meter's name.</summary>
    public const string Name = "Broker.Log";

    // The store's flushes; the default buckets are for milliseconds.
    private static readonly InstrumentAdvice<double> Durations = new()
    {
        HistogramBucketBoundaries = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    };

    private static readonly InstrumentAdvice<int> Batches = new() { HistogramBucketBoundaries = [0, 1, 2, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_500] };

    private readonly Histogram<double> _duration;
    private readonly Histogram<int> _events;
    private readonly Counter<long> _fenced;
    private readonly Counter<long> _takeOvers;

    /// <summary>Creates the instruments.</summary>
    public LogMeter()
    {
        _duration = Meter.CreateHistogram<double>("broker.log.append.duration", "s", "Time from handing an append to the store to its answer.", advice: Durations);
        _events = Meter.CreateHistogram<int>("broker.log.append.events", "{event}", "Events in one append; 0 for a check of the fence.", advice: Batches);
        _fenced = Meter.CreateCounter<long>("broker.log.fenced", "{activation}", "Activations that found their log taken over.");
        _takeOvers = Meter.CreateCounter<long>("broker.log.takeovers", "{activation}", "Activations that took a log over: raised its fence.");
    }

    /// <summary>The meter of this instance.</summary>
    internal Meter Meter { get; } = new(Name);

    /// <inheritdoc/>
    public void Dispose() => Meter.Dispose();

    internal void Appended(TimeSpan duration, int events)
    {
        _duration.Record(duration.TotalSeconds);
        _events.Record(events);
    }

    internal void TookOver() => _takeOvers.Add(1);

    internal void Fenced() => _fenced.Add(1);
}
