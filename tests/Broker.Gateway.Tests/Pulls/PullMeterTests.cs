using Broker.Domain;
using Broker.Grains.Pulls;
using Broker.Protos.V1;
using Broker.TestKit.Telemetry;
using static Broker.Gateway.Tests.Pulls.PullWorld;

namespace Broker.Gateway.Tests.Pulls;

public sealed class PullMeterTests
{
    [Fact]
    public async Task A_slice_that_is_sent_whole_counts_with_its_records_and_bytes()
    {
        await using var world = await StartAsync();
        using var measured = new Measurements(world.Meter.Meter);
        var posts = world.Segments.AddPosts(30);
        var (first, second) = (Grant(1, posts, 0, 10), Grant(2, posts, 10, 30));
        world.Partition.Then(first, second);
        await world.PullAsync();
        Assert.Equal([(1, "outcome=sent"), (1, "outcome=sent")], measured.Of("broker.pull.slices", "{slice}"));
        Assert.Equal([(10, ""), (20, "")], measured.Of("broker.pull.records", "{record}"));
        Assert.Equal([(first.Bytes, ""), (second.Bytes, "")], measured.Of("broker.pull.bytes", "By"));
        Assert.Empty(measured.Of("broker.pull.refusals", "{refusal}"));
    }

    [Fact]
    public async Task A_slice_that_is_revoked_counts_as_dropped_before_its_first_message_and_as_cut_short_after_it()
    {
        await using var world = await StartAsync();
        using var measured = new Measurements(world.Meter.Meter);
        var posts = world.Segments.AddPosts(3_000);
        var (dropped, cut) = (Grant(1, posts, 0, 10), Grant(2, posts, 0, 3_000));
        world.Segments.Opening = _ => world.Partition.Revoke(dropped);
        posts.Rendering = row =>
        {
            if (row != 1_000) return;
            posts.Rendering = null;
            world.Partition.Revoke(cut);
        };
        world.Partition.OnResend = _ => SliceAnswer.Of(new Refusal(RefusalReason.ResendRefused, "not any more"));
        world.Partition.Then(dropped, cut);
        await world.PullAsync();
        Assert.Equal([(1, "outcome=dropped"), (1, "outcome=cut-short")], measured.Of("broker.pull.slices", "{slice}"));
        Assert.Empty(measured.Of("broker.pull.records", "{record}"));
    }

    [Fact]
    public async Task A_pull_that_the_quota_ends_counts_the_refusal_by_its_reason_and_names_no_limit()
    {
        await using var world = await StartAsync();
        using var measured = new Measurements(world.Meter.Meter);
        world.Partition.Then(Grant(1, world.Segments.AddPosts(10), 0, 10)).Then(RefusalReason.QuotaExceeded, "records/term");
        await world.PullAsync();
        Assert.Equal([(1, "reason=QuotaExceeded")], measured.Of("broker.pull.refusals", "{refusal}"));
    }

    [Fact]
    public async Task Slices_that_a_client_reports_as_late_are_counted_one_by_one()
    {
        await using var world = await StartAsync();
        using var measured = new Measurements(world.Meter.Meter);
        for (var number = 1; number <= 3; number++) world.Partition.Known.Add(new SliceName(1, number));
        var late = new SliceRange { Partition = 0, Round = 1, FirstSlice = 1, LastSlice = 3 };
        await world.Client.ConfirmSlicesAsync(new ConfirmSlicesRequest { Deal = DealName, LateSlices = { late }, RequestId = "7f1b6a3e-0b1c-4d5e-8f90-123456789abc" }, world.AsPartner);
        Assert.Equal([(3, "")], measured.Of("broker.pull.late", "{slice}"));
    }

    [Fact]
    public void Leases_are_counted_by_whether_they_were_renewed()
    {
        using var meter = new Broker.Gateway.Pulls.PullMeter();
        using var measured = new Measurements(meter.Meter);
        meter.Renewed(renewed: 3, revoked: 0);
        meter.Renewed(renewed: 0, revoked: 2);
        Assert.Equal([(3, "outcome=renewed"), (2, "outcome=revoked")], measured.Of("broker.pull.renewals", "{lease}"));
    }
}
