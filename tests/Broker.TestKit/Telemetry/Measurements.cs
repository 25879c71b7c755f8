using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace Broker.TestKit.Telemetry;

/// <summary>Everything that one meter measures while this lives. Others of the same name in the process do not count.</summary>
public sealed class Measurements : IDisposable
{
    private readonly MeterListener _listener = new();
    private readonly ConcurrentQueue<Measured> _all = new();

    /// <summary>Begins to listen.</summary>
    /// <param name="meter">The meter; its instruments exist already.</param>
    public Measurements(Meter meter)
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (ReferenceEquals(instrument.Meter, meter)) listener.EnableMeasurementEvents(instrument);
        };
        _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Add(instrument, value, tags));
        _listener.SetMeasurementEventCallback<int>((instrument, value, tags, _) => Add(instrument, value, tags));
        _listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Add(instrument, value, tags));
        _listener.Start();
    }

    /// <summary>What was measured, in order.</summary>
    public IReadOnlyList<Measured> All => [.. _all];

    /// <summary>What an instrument measured, in order; its unit must be this.</summary>
    /// <param name="instrument">Its name.</param>
    /// <param name="unit">Its unit.</param>
    /// <returns>Values with their tags as <c>name=value</c>, joined by commas; without tags, the empty text.</returns>
    public IReadOnlyList<(double Value, string Tags)> Of(string instrument, string unit)
    {
        var measured = _all.Where(one => one.Instrument == instrument).ToList();
        if (measured.Find(one => one.Unit != unit) is { } other) throw new InvalidOperationException($"{instrument} is in {other.Unit}, not in {unit}.");
        return [.. measured.Select(one => (one.Value, one.Tags))];
    }

    /// <inheritdoc/>
    public void Dispose() => _listener.Dispose();

    private void Add(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var shown = string.Join(',', tags.ToArray().Select(tag => $"{tag.Key}={tag.Value}"));
        _all.Enqueue(new Measured(instrument.Name, instrument.Unit ?? "", value, shown));
    }
}

/// <summary>One measurement.</summary>
/// <param name="Instrument">The instrument's name.</param>
/// <param name="Unit">Its unit.</param>
/// <param name="Value">The value.</param>
/// <param name="Tags">The tags as <c>name=value</c>, joined by commas.</param>
public sealed record Measured(string Instrument, string Unit, double Value, string Tags);
