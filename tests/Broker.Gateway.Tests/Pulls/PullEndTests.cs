using Broker.Domain;
using Broker.Domain.Platforms;
using Broker.Gateway.Pulls;
using Broker.Grains.Logs;
using Broker.Grains.Pulls;
using Broker.Protos.V1;
using Google.Rpc;
using Grpc.Core;
using static Broker.Gateway.Tests.Pulls.PullWorld;

namespace Broker.Gateway.Tests.Pulls;

public sealed class PullEndTests
{
    [Fact]
    public async Task A_quota_that_is_full_at_the_start_is_an_error_that_names_the_limit()
    {
        await using var world = await StartAsync();
        world.Partition.Then(RefusalReason.QuotaExceeded, "records/term");
        var pulled = await world.PullAsync();
        Assert.Equal((StatusCode.ResourceExhausted, "QUOTA_EXCEEDED"), (pulled.Error!.StatusCode, pulled.Reason));
        Assert.Equal("records/term", pulled.Error.GetRpcStatus()!.GetDetail<QuotaFailure>()!.Violations.Single().Subject);
    }

    [Fact]
    public async Task A_quota_that_is_full_on_the_way_ends_the_stream_with_a_summary_that_names_the_limit()
    {
        await using var world = await StartAsync(partitionCount: 2);
        var posts = world.Segments.AddPosts(10);
        world.Partitions[0].Then(Grant(1, posts, 0, 10)).Then(RefusalReason.QuotaExceeded, "bytes/day");
        var pulled = await world.PullAsync();
        Assert.Equal((PullEndReason.QuotaExceeded, "bytes/day", 10), (pulled.Summary.Reason, pulled.Summary.ExhaustedLimit, pulled.Summary.Charged.RecordCount));
        Assert.Equal([(false, 1, 7L), (true, 1, 7L)], pulled.Summary.Partitions.Select(partition => (partition.IsFinished, partition.Round, partition.CoveredPosition)));
    }

    [Fact]
    public async Task What_was_cut_short_still_comes_when_the_quota_is_full_for_it_is_paid()
    {
        await using var world = await StartAsync();
        var posts = world.Segments.AddPosts(2_000);
        var grant = Grant(1, posts, 0, 2_000);
        posts.Rendering = row =>
        {
            if (row != 1_000) return;
            posts.Rendering = null;
            world.Partition.Revoke(grant);
        };
        world.Partition.OnResend = slice => SliceAnswer.Of(Grant(1, posts, 500, 1_500, resend: 1));
        world.Partition.Then(grant).Then(RefusalReason.QuotaExceeded, "records/term");
        var pulled = await world.PullAsync();
        Assert.Equal((PullEndReason.QuotaExceeded, 1, 1_000), (pulled.Summary.Reason, pulled.Summary.SliceCount, pulled.Summary.Sent.RecordCount));
    }

    [Fact]
    public async Task A_deal_that_is_not_active_at_the_start_is_an_error()
    {
        await using var world = await StartAsync(partitionCount: 2);
        foreach (var partition in world.Partitions) partition.AttachRefusal = new Refusal(RefusalReason.DealNotActive, "suspended");
        var pulled = await world.PullAsync();
        Assert.Equal((StatusCode.FailedPrecondition, "DEAL_NOT_ACTIVE"), (pulled.Error!.StatusCode, pulled.Reason));
        Assert.All(world.Partitions, partition => Assert.Empty(partition.Asked));
    }

    [Fact]
    public async Task A_deal_that_stops_on_the_way_ends_the_stream_with_a_summary_and_says_more_than_a_full_quota()
    {
        await using var world = await StartAsync(partitionCount: 2, options => options.PartitionsAtOnceMax = 1);
        var posts = world.Segments.AddPosts(10);
        world.Partitions[0].Then(Grant(1, posts, 0, 10)).Then(RefusalReason.QuotaExceeded, "records/term");
        world.Partitions[1].Then(RefusalReason.DealNotActive);
        Assert.Equal(PullEndReason.DealNotActive, (await world.PullAsync()).Summary.Reason);
    }

    [Fact]
    public async Task A_resend_of_a_deal_that_is_not_active_any_more_ends_the_stream()
    {
        await using var world = await StartAsync();
        world.Partition.Unconfirmed.Add(new(1, 1));
        world.Partition.OnResend = _ => SliceAnswer.Of(new Refusal(RefusalReason.DealNotActive, "suspended"));
        var pulled = await world.PullAsync();
        Assert.Equal((StatusCode.FailedPrecondition, "DEAL_NOT_ACTIVE"), (pulled.Error!.StatusCode, pulled.Reason));
        Assert.Empty(world.Partition.Asked);
    }

    [Fact]
    public async Task Another_stream_that_takes_over_ends_this_one_as_aborted()
    {
        await using var world = await StartAsync();
        world.Partition.Then(Grant(1, world.Segments.AddPosts(10), 0, 10)).Then(RefusalReason.PullTakenOver);
        var pulled = await world.PullAsync();
        Assert.Equal((StatusCode.Aborted, "PULL_TAKEN_OVER"), (pulled.Error!.StatusCode, pulled.Reason));
        Assert.Single(world.Partition.Settled);
    }

    [Fact]
    public async Task A_stream_brings_nothing_more_once_its_callers_token_has_expired()
    {
        await using var world = await StartAsync();
        var answer = new TaskCompletionSource<SliceAnswer>(TaskCreationOptions.RunContinuationsAsynchronously);
        world.Partition.Then(Grant(1, world.Segments.AddPosts(10), 0, 10)).Then(answer.Task);
        using var call = world.Open();
        await world.Partition.Settlements.When(1);
        world.Time.Advance(TimeSpan.FromHours(1));
        answer.SetResult(SliceAnswer.Of(Grant(2, world.Segments.AddPosts(10), 0, 10)));
        var pulled = await PulledMessages.ReadAsync(call);
        await world.EndedAsync();
        Assert.Equal((StatusCode.Unauthenticated, "TOKEN_EXPIRED"), (pulled.Error!.StatusCode, pulled.Reason));
        Assert.Single(pulled.Ends);
    }

    [Fact]
    public async Task A_stream_that_is_taken_over_while_its_client_is_slow_still_says_so()
    {
        await using var world = await StartAsync();
        var large = world.Segments.AddPosts(1, new string('x', 1 << 20));
        var takeOver = new TaskCompletionSource<SliceAnswer>(TaskCreationOptions.RunContinuationsAsynchronously);
        world.Partition.Then(Grant(1, large, 0, 1)).Then(takeOver.Task);
        var blocked = SlowClients.BlockedAt(world, large);
        using var call = world.Open();
        await blocked;
        takeOver.SetResult(SliceAnswer.Of(new Refusal(RefusalReason.PullTakenOver, "another stream")));
        var pulled = await PulledMessages.ReadAsync(call);
        await world.EndedAsync();
        Assert.Equal((StatusCode.Aborted, "PULL_TAKEN_OVER"), (pulled.Error!.StatusCode, pulled.Reason));
        Assert.True(world.Partition.Settled.Single().WasWritten);
    }

    [Fact]
    public async Task A_quota_that_others_hold_is_asked_for_again_after_a_while_that_grows_up_to_a_bound()
    {
        await using var world = await StartAsync(configure: options => options.HeldWaitMillisecondsMax = 50);
        for (var time = 0; time < 4; time++) world.Partition.Then(RefusalReason.Held);
        world.Partition.Then(Grant(1, world.Segments.AddPosts(10), 0, 10)).Then(RefusalReason.Held);
        var waits = new Queue<int>([20, 40, 50, 50, 20]);
        var next = world.Time.NextTimer(TimeSpan.FromMilliseconds(waits.Peek()));
        var pulling = world.PullAsync();
        while (waits.TryDequeue(out var wait))
        {
            await next;
            if (waits.TryPeek(out var following)) next = world.Time.NextTimer(TimeSpan.FromMilliseconds(following));
            world.Time.Advance(TimeSpan.FromMilliseconds(wait));
        }

        var summary = (await pulling).Summary;
        Assert.Equal((PullEndReason.Finished, 1), (summary.Reason, summary.SliceCount));
    }

    [Fact]
    public void Waits_differ_by_chance_by_at_most_their_half_and_begin_anew_after_a_grant()
    {
        var (longest, shortest) = (new BackOff(TimeSpan.FromMilliseconds(20), TimeSpan.FromMilliseconds(50), new NoChance()), new BackOff(TimeSpan.FromMilliseconds(20), TimeSpan.FromMilliseconds(50), new NoChance(0xff)));
        Assert.Equal([20, 40, 50], Enumerable.Range(0, 3).Select(_ => longest.Next().TotalMilliseconds));
        Assert.Equal([10, 20, 25], Enumerable.Range(0, 3).Select(_ => shortest.Next().TotalMilliseconds));
        longest.Reset();
        Assert.Equal(20, longest.Next().TotalMilliseconds);
    }

    [Fact]
    public async Task A_slice_that_is_rendered_otherwise_than_it_was_charged_has_no_end()
    {
        await using var world = await StartAsync();
        var records = Enumerable.Range(0, 10).Select(index => new SourceRecord { Id = $"{index}", UserId = "ann", Kind = Domain.Platforms.RecordKind.Post, CreatedAt = DateTimeOffset.UnixEpoch, Text = "text" }).ToList();
        var posts = world.Segments.Add(new MemoryContent("segment", "posts", records));
        var grant = Grant(1, posts, 0, 10);
        posts.Rendering = row => records[9] = records[9] with { Text = "longer than what was charged" };
        world.Partition.Then(grant);
        var pulled = await world.PullAsync();
        Assert.Equal((StatusCode.DataLoss, "SEGMENT_CORRUPT"), (pulled.Error!.StatusCode, pulled.Reason));
        Assert.Equal(["header", "begin 1", "batch 1"], pulled.Shown);
        Assert.True(world.Partition.OutcomeOf(grant).WasWritten);
    }

    [Fact]
    public async Task A_slice_that_cannot_be_read_is_data_loss_and_neither_it_nor_what_waits_behind_it_is_charged()
    {
        await using var world = await StartAsync(configure: options => options.SlicesInFlightMax = 2);
        var posts = world.Segments.AddPosts(20);
        var lost = new MemoryContent("lost", "posts", posts.Records);
        var (good, bad, behind) = (Grant(1, posts, 0, 10), Grant(2, lost, 10, 20), Grant(3, posts, 10, 20));
        world.Segments.Opening = id =>
        {
            if (id == "lost") world.Partition.Asks.When(3).GetAwaiter().GetResult(); // what waits behind is held
        };
        world.Partition.Then(good, bad, behind);
        var pulled = await world.PullAsync();
        Assert.Equal((StatusCode.DataLoss, "SEGMENT_CORRUPT"), (pulled.Error!.StatusCode, pulled.Reason));
        Assert.Equal(["header", "begin 1", "batch 1", "end 1"], pulled.Shown);
        Assert.Equal((true, false, false), (world.Partition.OutcomeOf(good).WasWritten, world.Partition.OutcomeOf(bad).WasWritten, world.Partition.OutcomeOf(behind).WasWritten));
    }

    [Theory]
    [InlineData("digest")]
    [InlineData("records")]
    [InlineData("bytes")]
    [InlineData("rows")]
    public async Task Rows_that_are_not_what_was_released_are_not_sent(string wrong)
    {
        await using var world = await StartAsync();
        var posts = world.Segments.AddPosts(10);
        var grant = Grant(1, posts, 0, 10);
        grant = wrong switch
        {
            "digest" => grant with { Digest = Grant(1, posts, 1, 10).Digest },
            "records" => grant with { Records = 11 },
            "bytes" => grant with { Bytes = grant.Bytes + 1 },
            _ => grant with { Rows = [grant.Rows[0] with { To = 11 }] },
        };
        world.Partition.Then(grant);
        Assert.Equal(StatusCode.DataLoss, (await world.PullAsync()).Error!.StatusCode);
        Assert.False(world.Partition.OutcomeOf(grant).WasWritten);
    }

    [Fact]
    public async Task A_partition_that_fails_ends_the_stream_as_unavailable_with_everything_settled()
    {
        await using var world = await StartAsync(partitionCount: 2);
        var posts = world.Segments.AddPosts(10);
        world.Partitions[0].Then(Enumerable.Range(1, 3).Select(number => Grant(number, posts, 0, 10)));
        world.Partitions[1].Then(Task.FromException<SliceAnswer>(new LogUnavailableException("the store is gone", outcomeUnknown: false)));
        var pulled = await world.PullAsync();
        Assert.Equal((StatusCode.Unavailable, "STORE_UNAVAILABLE"), (pulled.Error!.StatusCode, pulled.Reason));
        Assert.True(world.Partitions[0].HoldsNothing);
    }

    [Fact]
    public async Task A_partition_that_cannot_be_told_what_became_of_a_slice_is_asked_again_after_a_while_and_not_at_once()
    {
        await using var world = await StartAsync();
        var grant = Grant(1, world.Segments.AddPosts(10), 0, 10);
        var tried = 0;
        world.Partition.OnSettle = _ =>
        {
            if (tried++ == 0) throw new TimeoutException("the partition does not answer");
        };
        // It finishes the round once the lease has run out: until then it answers that something is being sent.
        world.Partition.Then(grant).Then(Task.FromResult(SliceAnswer.Pending)).Then(Task.FromResult(SliceAnswer.Pending))
            .Then(Task.FromResult(SliceAnswer.FinishedAt(new RoundProgress(1, 7))));
        var waiting = world.Time.NextTimer(TimeSpan.FromMilliseconds(20));
        var pulling = world.PullAsync();
        await waiting;
        world.Time.Advance(TimeSpan.FromMilliseconds(20));
        Assert.Equal(PullEndReason.Finished, (await pulling).Summary.Reason);
    }

    [Theory]
    [InlineData("platforms/acme/deals/none", StatusCode.PermissionDenied)]
    [InlineData("platforms/acme", StatusCode.InvalidArgument)]
    public async Task A_deal_that_is_not_the_callers_is_refused(string deal, StatusCode expected)
    {
        await using var world = await StartAsync();
        using var call = world.Open(new PullRequest { Deal = deal });
        Assert.Equal(expected, (await PulledMessages.ReadAsync(call)).Error!.StatusCode);
    }

    [Fact]
    public async Task Every_wrong_field_of_a_request_is_named()
    {
        await using var world = await StartAsync(partitionCount: 4);
        using var call = world.Open(new PullRequest { Deal = DealName, Partitions = { 1, 4, -1, 1 }, SliceRecordCountMax = 65_537 });
        var error = (await PulledMessages.ReadAsync(call)).Error!;
        Assert.Equal(StatusCode.InvalidArgument, error.StatusCode);
        Assert.Equal(
            ["partitions[1]", "partitions[2]", "partitions", "slice_record_count_max"],
            error.GetRpcStatus()!.GetDetail<BadRequest>()!.FieldViolations.Select(violation => violation.Field));
    }
}
