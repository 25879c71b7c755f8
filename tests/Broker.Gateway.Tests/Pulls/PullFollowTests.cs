using Broker.Domain;
using Broker.Grains.Pulls;
using Broker.Protos.V1;
using Broker.TestKit.Telemetry;
using Grpc.Core;
using static Broker.Gateway.Tests.Pulls.PullWorld;

namespace Broker.Gateway.Tests.Pulls;

/// <summary>Goal: a stream that follows waits without asking, brings what comes, and ends for a reason that it names.</summary>
public sealed class PullFollowTests
{
    private static readonly TimeSpan Gathering = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan Probe = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(15);

    [Fact]
    public async Task It_says_when_it_has_caught_up_and_how_far_each_partition_is()
    {
        await using var world = await StartAsync(partitionCount: 2);
        world.Partitions[1].Then(Grant(1, world.Segments.AddPosts(10), 0, 10));
        using var pull = FollowedPull.Open(world);
        var heartbeat = await pull.UntilCaughtUpAsync();
        Assert.Equal([(0, 1, true, 7L), (1, 1, true, 7L)], heartbeat.Partitions.Select(partition => (partition.Partition, partition.Round, partition.IsFinished, partition.CoveredPosition)));
        Assert.Equal(["header", "begin 1", "batch 1", "end 1", "heartbeat"], pull.Read.Shown);
        await pull.HangUpAsync();
        await world.EndedAsync();
    }

    [Fact]
    public async Task What_a_partition_has_later_comes_after_a_moment_for_more_to_gather()
    {
        await using var world = await StartAsync();
        var posts = world.Segments.AddPosts(20);
        world.Partition.Then(Grant(1, posts, 0, 10));
        using var pull = await FollowedPull.CaughtUpAsync(world);
        for (var number = 2; number <= 4; number++)
        {
            await TellAsync(world, Gathering, () => world.Partition.Then(Grant(number, posts, 10, 20)));
            Assert.Equal([0], (await pull.UntilCaughtUpAsync()).Partitions.Select(partition => partition.Partition));
        }

        Assert.Equal([1, 2, 3, 4], pull.Read.Ends.Select(end => end.Slice));
    }

    [Fact]
    public async Task What_a_partition_did_not_say_is_asked_for_after_a_while()
    {
        await using var world = await StartAsync();
        var waiting = world.Time.NextTimer(Probe);
        using var pull = await FollowedPull.CaughtUpAsync(world);
        await waiting;
        world.Partition.Then(Grant(1, world.Segments.AddPosts(10), 0, 10));
        var gathering = world.Time.NextTimer(Gathering);
        world.Time.Advance(Probe);
        await gathering;
        world.Time.Advance(Gathering);
        await pull.UntilCaughtUpAsync();
        Assert.Equal(10, pull.Read.Records.Count());
        Assert.Equal(3, world.Partition.Follows.Count); // at first, when it was long silent, and after the round
    }

    [Fact]
    public async Task News_that_are_nothing_for_the_deal_wake_it_ever_more_rarely()
    {
        await using var world = await StartAsync();
        using var pull = await FollowedPull.CaughtUpAsync(world);
        foreach (var doubled in new[] { 1, 2, 4, 8, 8 }) await TellAsync(world, doubled * Gathering, () => { });
        await TellAsync(world, 8 * Gathering, () => world.Partition.Then(Grant(1, world.Segments.AddPosts(10), 0, 10)));
        await pull.UntilCaughtUpAsync();
        await TellAsync(world, Gathering, () => { }); // and at once again after something was
        Assert.Equal(10, pull.Read.Records.Count());
    }

    [Fact]
    public async Task Silence_is_broken_by_heartbeats_that_say_when_they_were_written()
    {
        await using var world = await StartAsync(configure: options => options.FollowProbeSeconds = 300);
        var nothing = new TaskCompletionSource<FollowAnswer>(TaskCreationOptions.RunContinuationsAsynchronously);
        world.Partition.OnFollow = () => nothing.Task;
        var silence = world.Time.NextTimer(Silence);
        using var pull = FollowedPull.Open(world);
        await silence;
        silence = world.Time.NextTimer(Silence);
        nothing.SetResult(new FollowAnswer(null, false));
        Assert.True((await pull.UntilHeartbeatAsync()).IsCaughtUp);
        await silence;
        silence = world.Time.NextTimer(Silence);
        world.Time.Advance(Silence);
        var second = await pull.UntilHeartbeatAsync();
        await silence;
        world.Time.Advance(Silence);
        var third = await pull.UntilHeartbeatAsync();
        Assert.Equal([(15_000, 0, true), (30_000, 0, true)], new[] { second, third }.Select(beat => (beat.OffsetMs, beat.Partitions.Count, beat.IsCaughtUp)));
    }

    [Theory]
    [InlineData(RefusalReason.QuotaExceeded, PullEndReason.QuotaExceeded)]
    [InlineData(RefusalReason.DealNotActive, PullEndReason.DealNotActive)]
    [InlineData(RefusalReason.FollowNotAllowed, PullEndReason.FollowNotAllowed)]
    public async Task A_partition_that_says_why_there_will_be_no_more_ends_it_for_all(RefusalReason reason, PullEndReason expected)
    {
        await using var world = await StartAsync(partitionCount: 3);
        using var pull = await FollowedPull.CaughtUpAsync(world);
        await TellAsync(world, Gathering, () => world.Partitions[0].OnFollow = () => Task.FromResult(new FollowAnswer(new Refusal(reason, "As the script says.", null, "records/term"), false, new RoundProgress(4, 9))));
        var pulled = await pull.ToEndAsync();
        Assert.Equal((expected, "records/term", 0), (pulled.Summary.Reason, pulled.Summary.ExhaustedLimit, pulled.Summary.SliceCount));
        Assert.Equal([(0, 4, false), (1, 1, true), (2, 1, true)], pulled.Summary.Partitions.Select(partition => (partition.Partition, partition.Round, partition.IsFinished)));
    }

    [Fact]
    public async Task A_limit_that_a_round_fills_ends_it_when_what_was_granted_is_sent()
    {
        await using var world = await StartAsync(partitionCount: 2);
        using var pull = await FollowedPull.CaughtUpAsync(world);
        await TellAsync(world, Gathering, () => world.Partitions[0].Then(Grant(1, world.Segments.AddPosts(10), 0, 10)).Then(RefusalReason.QuotaExceeded, "bytes/day"));
        var pulled = await pull.ToEndAsync();
        Assert.Equal((PullEndReason.QuotaExceeded, "bytes/day", 1), (pulled.Summary.Reason, pulled.Summary.ExhaustedLimit, pulled.Summary.SliceCount));
    }

    [Theory]
    [InlineData(RefusalReason.PullTakenOver, StatusCode.Aborted, "PULL_TAKEN_OVER")]
    [InlineData(RefusalReason.PullNotOpen, StatusCode.Unavailable, "PULL_NOT_OPEN")]
    public async Task A_take_over_or_a_move_of_a_partition_that_waits_ends_it_as_it_ends_any_pull(RefusalReason reason, StatusCode status, string expected)
    {
        await using var world = await StartAsync(partitionCount: 2);
        using var pull = await FollowedPull.CaughtUpAsync(world);
        await TellAsync(world, Gathering, () => world.Partitions[0].OnFollow = () => Task.FromResult(new FollowAnswer(new Refusal(reason, "As the script says."), false)));
        var pulled = await pull.ToEndAsync();
        Assert.Equal((status, expected), (pulled.Error!.StatusCode, pulled.Reason));
    }

    [Fact]
    public async Task A_deal_that_is_not_active_at_the_start_is_an_error_as_in_a_plain_pull()
    {
        await using var world = await StartAsync();
        world.Partition.AttachRefusal = new Refusal(RefusalReason.DealNotActive, "suspended");
        using var pull = FollowedPull.Open(world);
        Assert.Equal("DEAL_NOT_ACTIVE", (await pull.ToEndAsync()).Reason);
    }

    [Fact]
    public async Task A_gateway_that_stops_sends_who_waits_elsewhere_at_once()
    {
        await using var world = await StartAsync(partitionCount: 2);
        using var pull = await FollowedPull.CaughtUpAsync(world);
        world.BeginStop();
        var pulled = await pull.ToEndAsync();
        Assert.Equal((StatusCode.Unavailable, "GATEWAY_STOPPING"), (pulled.Error!.StatusCode, pulled.Reason));
    }

    [Fact]
    public async Task A_stream_that_has_followed_for_long_asks_to_be_opened_anew()
    {
        await using var world = await StartAsync(configure: options => (options.FollowMinutesMax, options.FollowProbeSeconds, options.HeartbeatSeconds) = (1, 300, 300));
        using var pull = await FollowedPull.CaughtUpAsync(world);
        world.Time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(PullEndReason.Renew, (await pull.ToEndAsync()).Summary.Reason);
    }

    [Fact]
    public async Task A_client_that_hangs_up_while_it_waits_leaves_nothing_behind()
    {
        await using var world = await StartAsync();
        using var measured = new Measurements(world.Meter.Meter);
        using var pull = await FollowedPull.CaughtUpAsync(world);
        await pull.HangUpAsync();
        await world.EndedAsync();
        Assert.Equal([(1, ""), (-1, "")], measured.Of("broker.pull.follows", "{stream}"));
    }

    [Fact]
    public async Task No_more_streams_follow_than_the_gateway_takes()
    {
        await using var world = await StartAsync(configure: options => options.FollowsMax = 1);
        using var first = await FollowedPull.CaughtUpAsync(world);
        using var second = world.Open(new PullRequest { Deal = DealName, Follow = true });
        var refused = await PulledMessages.ReadAsync(second);
        Assert.Equal((StatusCode.Unavailable, "TOO_MANY_FOLLOWS"), (refused.Error!.StatusCode, refused.Reason));

        await first.HangUpAsync();
        await world.Grains.Deletions.When(1); // the refused one left nothing to delete
        using var third = await FollowedPull.CaughtUpAsync(world);
        await third.HangUpAsync();
        await world.Grains.Deletions.When(2);
    }

    [Fact]
    public async Task Partitions_that_wait_take_no_turn_of_those_that_read()
    {
        await using var world = await StartAsync(partitionCount: 5, options => options.PartitionsAtOnceMax = 1);
        using var pull = await FollowedPull.CaughtUpAsync(world);
        await TellAsync(world, Gathering, () => world.Partitions[3].Then(Grant(1, world.Segments.AddPosts(10), 0, 10)), partition: 3);
        await pull.UntilCaughtUpAsync();
        Assert.Equal(3, pull.Read.Ends.Single().Partition);
    }

    /// <summary>Something happens in a partition that waits; it says so, and the time for more to gather passes.</summary>
    private static async Task TellAsync(PullWorld world, TimeSpan wait, Action happen, int partition = 0)
    {
        var (gathering, asked) = (world.Time.NextTimer(wait), world.Partitions[partition].Follows.Count + 1);
        happen();
        world.Partitions[partition].Observer!.MayHaveMore(partition);
        await gathering;
        world.Time.Advance(wait);
        await world.Partitions[partition].Follows.When(asked);
    }
}
