using System.Diagnostics.Metrics;
using Broker.Domain;

namespace Broker.Grains;

/// <summary>The meter <c>Broker.Grains</c>: what is decided. Tags name no user, record, deal or partner.</summary>
public sealed class GrainMeter : IDisposable
{
    /// <summary>The meter's name.</summary>
    public const string Name = "Broker.Grains";

    // From one flush of a fast disk to the longest lease.
    private static readonly InstrumentAdvice<double> Durations = new()
    {
        HistogramBucketBoundaries = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60],
    };

    // From a few small segments to the largest at the lowest speed.
    private static readonly InstrumentAdvice<double> Merges = new()
    {
        HistogramBucketBoundaries = [0.1, 0.5, 1, 5, 15, 60, 300, 900, 3_600, 14_400, 43_200],
    };

    private readonly Counter<long> _slices;
    private readonly Counter<long> _records;
    private readonly Counter<long> _bytes;
    private readonly Counter<long> _refusals;
    private readonly Histogram<double> _reservations;
    private readonly Histogram<double> _withdrawals;
    private readonly Counter<long> _merges;
    private readonly Counter<long> _mergedBytes;
    private readonly Counter<long> _mergesGivenUp;
    private readonly Histogram<double> _mergeDurations;
    private readonly Counter<long> _corruptSegments;
    private readonly Counter<long> _countedRecords;
    private readonly Counter<long> _countedTokens;
    private readonly Counter<long> _notCounted;

    /// <summary>Creates the instruments.</summary>
    public GrainMeter()
    {
        _slices = Meter.CreateCounter<long>("broker.release.slices", "{slice}", "Slices released: durable in the lineage, and charged.");
        _records = Meter.CreateCounter<long>("broker.release.records", "{record}", "Records in them.");
        _bytes = Meter.CreateCounter<long>("broker.release.bytes", "By", "Bytes of fields in them.");
        _refusals = Meter.CreateCounter<long>("broker.release.refusals", "{refusal}", "Slices that were asked for and refused, by reason.");
        _reservations = Meter.CreateHistogram<double>("broker.reservation.duration", "s", "Time from asking a deal for quota to its durable answer.", advice: Durations);
        _withdrawals = Meter.CreateHistogram<double>("broker.withdrawal.duration", "s", "Time from a decision's arrival at its partition to its acknowledgement, barrier included.", advice: Durations);
        _merges = Meter.CreateCounter<long>("broker.segment.merges", "{merge}", "Merges of segments that are in force, by why they were due.");
        _mergedBytes = Meter.CreateCounter<long>("broker.segment.merged.bytes", "By", "Bytes of the segments that they took.");
        _mergesGivenUp = Meter.CreateCounter<long>("broker.segment.merges.abandoned", "{merge}", "Merges that were given up, to be tried again.");
        _mergeDurations = Meter.CreateHistogram<double>("broker.segment.merge.duration", "s", "Time from the decision to merge to the durable swap.", advice: Merges);
        _corruptSegments = Meter.CreateCounter<long>("broker.segment.corrupt", "{segment}", "Times that a silo found a segment, or the counts of its tokens, missing, or not what its log says.");
        _countedRecords = Meter.CreateCounter<long>("broker.tokens.counted.records", "{record}", "Records whose tokens were counted, by tokenizer.");
        _countedTokens = Meter.CreateCounter<long>("broker.tokens.counted", "{token}", "Tokens of them.");
        _notCounted = Meter.CreateCounter<long>("broker.tokens.abandoned", "{segment}", "Segments whose tokens could not be counted, to be tried again.");
    }

    /// <summary>The meter of this instance.</summary>
    internal Meter Meter { get; } = new(Name);

    /// <inheritdoc/>
    public void Dispose() => Meter.Dispose();

    internal void Released(long records, long bytes)
    {
        _slices.Add(1);
        _records.Add(records);
        _bytes.Add(bytes);
    }

    internal void Refused(RefusalReason reason) => _refusals.Add(1, new KeyValuePair<string, object?>("reason", reason.ToString()));

    internal void Reserved(TimeSpan duration) => _reservations.Record(duration.TotalSeconds);

    internal void Withdrawn(TimeSpan duration) => _withdrawals.Record(duration.TotalSeconds);

    internal void Merged(string reason, long bytes, TimeSpan duration)
    {
        _merges.Add(1, new KeyValuePair<string, object?>("reason", reason));
        _mergedBytes.Add(bytes);
        _mergeDurations.Record(duration.TotalSeconds);
    }

    internal void MergeGivenUp() => _mergesGivenUp.Add(1);

    internal void Counted(string tokenizer, long records, long tokens)
    {
        _countedRecords.Add(records, new KeyValuePair<string, object?>("tokenizer", tokenizer));
        _countedTokens.Add(tokens, new KeyValuePair<string, object?>("tokenizer", tokenizer));
    }

    internal void NotCounted() => _notCounted.Add(1);

    internal void SegmentCorrupt() => _corruptSegments.Add(1);
}
