using System.Diagnostics.Metrics;

namespace Broker.Grains.Logs;

/// <summary>The meter <c>Broker.Log</c>.</summary>
public sealed class LogMeter : IDisposable
{
    /// <summary>The meter's name.</summary>
    public const string Name = "Broker.Log";

    private readonly Meter _meter = new(Name);
    private readonly Histogram<double> _duration;
    private readonly Histogram<int> _events;
    private readonly Counter<long> _fenced;
    private readonly Counter<long> _takeOvers;

    /// <summary>Creates the instruments.</summary>
    public LogMeter()
    {
        _duration = _meter.CreateHistogram<double>("broker.log.append.duration", "s", "Time from handing an append to the store to its answer.");
        _events = _meter.CreateHistogram<int>("broker.log.append.events", "{event}", "Events in one append.");
        _fenced = _meter.CreateCounter<long>("broker.log.fenced", "{activation}", "Activations that found their log taken over.");
        _takeOvers = _meter.CreateCounter<long>("broker.log.takeovers", "{activation}", "Activations that took a log over: raised its fence.");
    }

    /// <inheritdoc/>
    public void Dispose() => _meter.Dispose();

    internal void Appended(TimeSpan duration, int events)
    {
        _duration.Record(duration.TotalSeconds);
        _events.Record(events);
    }

    internal void TookOver() => _takeOvers.Add(1);

    internal void Fenced() => _fenced.Add(1);
}
