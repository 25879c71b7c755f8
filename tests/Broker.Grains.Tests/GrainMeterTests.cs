using Broker.Domain;
using Broker.TestKit.Telemetry;

namespace Broker.Grains.Tests;

/// <summary>Value, unit and tags of each instrument. That grains measure at the right moment is tried on a node, by its scrape.</summary>
public sealed class GrainMeterTests : IDisposable
{
    private readonly GrainMeter _meter = new();
    private readonly Measurements _measured;

    public GrainMeterTests() => _measured = new Measurements(_meter.Meter);

    public void Dispose()
    {
        _measured.Dispose();
        _meter.Dispose();
    }

    [Fact]
    public void A_release_is_one_slice_its_records_and_its_bytes_without_tags()
    {
        _meter.Released(records: 12, bytes: 3_400);
        _meter.Released(records: 1, bytes: 5);
        Assert.Equal([(1, ""), (1, "")], _measured.Of("broker.release.slices", "{slice}"));
        Assert.Equal([(12, ""), (1, "")], _measured.Of("broker.release.records", "{record}"));
        Assert.Equal([(3_400, ""), (5, "")], _measured.Of("broker.release.bytes", "By"));
        Assert.Equal(6, _measured.All.Count);
    }

    [Fact]
    public void Refusals_are_told_apart_by_their_reason_and_by_nothing_else()
    {
        foreach (var reason in Enum.GetValues<RefusalReason>()) _meter.Refused(reason);
        Assert.Equal(Enum.GetNames<RefusalReason>().Select(name => (1d, $"reason={name}")), _measured.Of("broker.release.refusals", "{refusal}"));
    }

    [Fact]
    public void Reservations_and_withdrawals_are_measured_in_seconds_without_tags()
    {
        _meter.Reserved(TimeSpan.FromMilliseconds(4));
        _meter.Withdrawn(TimeSpan.FromMilliseconds(2_500));
        Assert.Equal([(0.004, "")], _measured.Of("broker.reservation.duration", "s"));
        Assert.Equal([(2.5, "")], _measured.Of("broker.withdrawal.duration", "s"));
        Assert.Equal(2, _measured.All.Count);
    }

    [Fact]
    public void A_merge_is_told_by_its_reason_its_bytes_and_its_seconds_and_what_was_given_up_or_broken_is_counted()
    {
        _meter.Merged("Small", bytes: 4_000, TimeSpan.FromSeconds(3));
        _meter.MergeGivenUp();
        _meter.SegmentCorrupt();
        Assert.Equal([(1, "reason=Small")], _measured.Of("broker.segment.merges", "{merge}"));
        Assert.Equal([(4_000, "")], _measured.Of("broker.segment.merged.bytes", "By"));
        Assert.Equal([(3, "")], _measured.Of("broker.segment.merge.duration", "s"));
        Assert.Equal([(1, "")], _measured.Of("broker.segment.merges.abandoned", "{merge}"));
        Assert.Equal([(1, "")], _measured.Of("broker.segment.corrupt", "{segment}"));
        Assert.Equal(5, _measured.All.Count);
    }
}
