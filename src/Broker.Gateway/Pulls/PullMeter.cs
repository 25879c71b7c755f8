using System.Diagnostics.Metrics;

namespace Broker.Gateway.Pulls;

/// <summary>The meter <c>Broker.Gateway</c>: what pulls do.</summary>
internal sealed class PullMeter : IDisposable
{
    public const string Name = "Broker.Gateway";

    private readonly Counter<long> _records;
    private readonly Counter<long> _bytes;
    private readonly Counter<long> _slices;
    private readonly Counter<long> _late;
    private readonly Counter<long> _renewals;
    private readonly Counter<long> _refusals;
    private readonly Counter<long> _corrupt;
    private readonly UpDownCounter<long> _follows;

    public PullMeter()
    {
        _records = Meter.CreateCounter<long>("broker.pull.records", "{record}", "Records in slices that were sent whole.");
        _bytes = Meter.CreateCounter<long>("broker.pull.bytes", "By", "Bytes of fields in slices that were sent whole.");
        _slices = Meter.CreateCounter<long>("broker.pull.slices", "{slice}", "Slices by what became of them.");
        _late = Meter.CreateCounter<long>("broker.pull.late", "{slice}", "Slices that a client refused for they came late.");
        _renewals = Meter.CreateCounter<long>("broker.pull.renewals", "{lease}", "Leases by whether they were renewed.");
        _refusals = Meter.CreateCounter<long>("broker.pull.refusals", "{refusal}", "Refusals of slices, by reason.");
        _corrupt = Meter.CreateCounter<long>("broker.pull.corrupt", "{slice}", "Slices whose segment is missing, or is not what was released.");
        _follows = Meter.CreateUpDownCounter<long>("broker.pull.follows", "{stream}", "Streams that follow now.");
    }

    /// <summary>The meter of this instance.</summary>
    public Meter Meter { get; } = new(Name);

    public void Dispose() => Meter.Dispose();

    public void Sent(long records, long bytes)
    {
        _records.Add(records);
        _bytes.Add(bytes);
        Became("sent");
    }

    public void Dropped() => Became("dropped");

    public void CutShort() => Became("cut-short");

    public void Corrupt() => _corrupt.Add(1);

    public void Late(long count) => _late.Add(count);

    public void Renewed(int renewed, int revoked)
    {
        if (renewed > 0) _renewals.Add(renewed, new KeyValuePair<string, object?>("outcome", "renewed"));
        if (revoked > 0) _renewals.Add(revoked, new KeyValuePair<string, object?>("outcome", "revoked"));
    }

    public void Refused(Broker.Domain.RefusalReason reason) => _refusals.Add(1, new KeyValuePair<string, object?>("reason", reason.ToString()));

    public void Follows(int change) => _follows.Add(change);

    private void Became(string outcome) => _slices.Add(1, new KeyValuePair<string, object?>("outcome", outcome));
}
