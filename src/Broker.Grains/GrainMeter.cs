using System.Diagnostics.Metrics;
using Broker.Domain;

namespace Broker.Grains;

/// <summary>The meter <c>Broker.Grains</c>: what is decided. Tags name no user, record, deal or partner.</summary>
public sealed class GrainMeter : IDisposable
{
    /// <summary>The meter's name.</summary>
    public const string Name = "Broker.Grains";

    private readonly Meter _meter = new(Name);
    private readonly Counter<long> _slices;
    private readonly Counter<long> _records;
    private readonly Counter<long> _bytes;
    private readonly Counter<long> _refusals;
    private readonly Histogram<double> _reservations;
    private readonly Histogram<double> _withdrawals;

    /// <summary>Creates the instruments.</summary>
    public GrainMeter()
    {
        _slices = _meter.CreateCounter<long>("broker.release.slices", "{slice}", "Slices released: durable in the lineage, and charged.");
        _records = _meter.CreateCounter<long>("broker.release.records", "{record}", "Records in them.");
        _bytes = _meter.CreateCounter<long>("broker.release.bytes", "By", "Bytes of fields in them.");
        _refusals = _meter.CreateCounter<long>("broker.release.refusals", "{refusal}", "Slices that were asked for and refused, by reason.");
        _reservations = _meter.CreateHistogram<double>("broker.reservation.duration", "s", "Time from asking a deal for quota to its durable answer.");
        _withdrawals = _meter.CreateHistogram<double>("broker.withdrawal.duration", "s", "Time from a decision's arrival at its partition to its acknowledgement, barrier included.");
    }

    /// <inheritdoc/>
    public void Dispose() => _meter.Dispose();

    internal void Released(long records, long bytes)
    {
        _slices.Add(1);
        _records.Add(records);
        _bytes.Add(bytes);
    }

    internal void Refused(RefusalReason reason) => _refusals.Add(1, new KeyValuePair<string, object?>("reason", reason.ToString()));

    internal void Reserved(TimeSpan duration) => _reservations.Record(duration.TotalSeconds);

    internal void Withdrawn(TimeSpan duration) => _withdrawals.Record(duration.TotalSeconds);
}
