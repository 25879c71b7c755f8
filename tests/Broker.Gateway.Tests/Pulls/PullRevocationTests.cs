using Broker.Domain;
using Broker.Grains.Pulls;
using Broker.Protos.V1;
using static Broker.Gateway.Tests.Pulls.PullWorld;

namespace Broker.Gateway.Tests.Pulls;

/// <summary>No message of a slice begins once its lease has run out or was revoked, and the partition learns what became of each.</summary>
public sealed class PullRevocationTests
{
    [Fact]
    public async Task A_slice_that_is_revoked_before_its_first_message_is_not_begun_and_settled_as_dropped()
    {
        await using var world = await StartAsync();
        var posts = world.Segments.AddPosts(20);
        var (first, second) = (Grant(1, posts, 0, 10), Grant(2, posts, 10, 20));
        world.Segments.Opening = _ => world.Partition.Revoke(first);
        world.Partition.Then(first, second);
        var pulled = await world.PullAsync();
        Assert.Equal(["header", "begin 2", "batch 2", "end 2", "summary"], pulled.Shown);
        Assert.Equal((1, 10), (pulled.Summary.SliceCount, pulled.Summary.Charged.RecordCount));
        Assert.False(world.Partition.OutcomeOf(first).WasWritten);
        Assert.True(world.Partition.OutcomeOf(second).WasWritten);
    }

    [Fact]
    public async Task A_slice_that_is_revoked_between_two_messages_has_no_end_and_counts_as_written()
    {
        await using var world = await StartAsync();
        var posts = world.Segments.AddPosts(3_000);
        var grant = Grant(1, posts, 0, 3_000);
        posts.Rendering = row => InvokeOnce(posts, row == 1_000, () => world.Partition.Revoke(grant));
        world.Partition.OnResend = _ => SliceAnswer.Of(new Refusal(RefusalReason.ResendRefused, "not any more"));
        world.Partition.Then(grant);
        var pulled = await world.PullAsync();
        Assert.Equal(["header", "begin 1", "batch 1", "summary"], pulled.Shown);
        Assert.Equal(0, pulled.Summary.SliceCount);
        Assert.True(world.Partition.OutcomeOf(grant).WasWritten);
    }

    [Fact]
    public async Task What_a_revocation_cut_short_comes_again_in_the_same_stream_without_who_withdrew()
    {
        await using var world = await StartAsync();
        var posts = world.Segments.AddPosts(3_000);
        var (grant, next) = (Grant(1, posts, 0, 3_000), Grant(2, posts, 10, 20));
        posts.Rendering = row => InvokeOnce(posts, row == 1_000, () => world.Partition.Revoke(grant));
        world.Partition.OnResend = slice => SliceAnswer.Of(Grant(slice.Number, posts, 2_500, 3_000, resend: 1));
        world.Partition.Then(grant, next);
        var pulled = await world.PullAsync();
        Assert.Equal(["header", "begin 1", "batch 1", "begin 2", "batch 2", "end 2", "begin 1 again", "batch 1", "end 1", "summary"], pulled.Shown);
        Assert.Equal((PullEndReason.Finished, 2, 510, 10), (pulled.Summary.Reason, pulled.Summary.SliceCount, pulled.Summary.Sent.RecordCount, pulled.Summary.Charged.RecordCount));
        Assert.Equal([new SliceName(1, 1)], world.Partition.Resent);
        Assert.Equal(3, world.Partition.Settled.Count);
    }

    [Fact]
    public async Task A_resend_that_is_revoked_before_it_begins_is_asked_for_again()
    {
        await using var world = await StartAsync();
        var posts = world.Segments.AddPosts(30);
        world.Partition.Unconfirmed.Add(new(1, 1));
        var resends = 0;
        world.Partition.OnResend = slice => ++resends switch
        {
            1 => SliceAnswer.Of(Grant(1, posts, 0, 30, resend: 1)),
            2 => SliceAnswer.Of(new Refusal(RefusalReason.ReservationVoid, "revoked as it was prepared")),
            _ => SliceAnswer.Of(Grant(1, posts, 0, 20, resend: 3)),
        };
        world.Segments.Opening = _ => InvokeOnce(() => world.Segments.Opening = null, () => world.Partition.Observer!.Revoked(0, new SliceName(1, 1)));
        var pulled = await world.PullAsync();
        Assert.Equal(["header", "begin 1 again", "batch 1", "end 1", "summary"], pulled.Shown);
        Assert.Equal((3, 20), (resends, pulled.Summary.Sent.RecordCount));
        Assert.Equal([false, true], world.Partition.Settled.Select(sent => sent.WasWritten));
    }

    [Fact]
    public async Task A_slice_that_waits_behind_another_one_is_settled_as_soon_as_it_is_revoked()
    {
        await using var world = await StartAsync();
        var posts = world.Segments.AddPosts(30);
        var (first, second) = (Grant(1, posts, 0, 10), Grant(2, posts, 10, 20));
        posts.Rendering = row => InvokeOnce(posts, row == 0, () =>
        {
            world.Partition.Asks.When(3).GetAwaiter().GetResult(); // the second is held now
            world.Partition.Revoke(second);
            world.Partition.Settlements.When(1).GetAwaiter().GetResult(); // while the first is still being written
        });
        world.Partition.Then(first, second);
        Assert.Equal(["header", "begin 1", "batch 1", "end 1", "summary"], (await world.PullAsync()).Shown);
        Assert.Equal([new SentSlice(second.Slice, false), new SentSlice(first.Slice, true)], world.Partition.Settled);
    }

    [Fact]
    public async Task Nothing_of_a_slice_is_written_once_its_lease_has_run_out()
    {
        await using var world = await StartAsync();
        var posts = world.Segments.AddPosts(3_000);
        var grant = Grant(1, posts, 0, 3_000);
        world.Partition.OnRenew = _ => throw new TimeoutException("the partition does not answer");
        posts.Rendering = row => InvokeOnce(posts, row == 2_000, () => world.Time.Advance(ScriptedPartition.Lease));
        world.Partition.OnResend = _ => SliceAnswer.Of(new Refusal(RefusalReason.ResendRefused, "not any more"));
        world.Partition.Then(grant);
        Assert.Equal(["header", "begin 1", "batch 1", "batch 1", "summary"], (await world.PullAsync()).Shown);
        Assert.True(world.Partition.OutcomeOf(grant).WasWritten);
    }

    [Fact]
    public async Task A_slice_whose_lease_ran_out_while_it_waited_behind_another_one_is_never_begun()
    {
        await using var world = await StartAsync();
        var posts = world.Segments.AddPosts(3_000);
        var (first, second) = (Grant(1, posts, 0, 2_000), Grant(2, posts, 2_000, 3_000));
        world.Partition.OnRenew = _ => throw new TimeoutException("the partition does not answer");
        posts.Rendering = row => InvokeOnce(posts, row == 1_000, () =>
        {
            world.Partition.Asks.When(3).GetAwaiter().GetResult(); // the second is held now
            world.Time.Advance(ScriptedPartition.Lease);
        });
        world.Partition.OnResend = _ => SliceAnswer.Of(new Refusal(RefusalReason.ResendRefused, "not any more"));
        world.Partition.Then(first, second);
        Assert.Equal(["header", "begin 1", "batch 1", "summary"], (await world.PullAsync()).Shown);
        Assert.True(world.Partition.OutcomeOf(first).WasWritten);
        Assert.False(world.Partition.OutcomeOf(second).WasWritten);
    }

    [Fact]
    public async Task A_lease_counts_from_before_it_was_asked_for()
    {
        await using var world = await StartAsync();
        var posts = world.Segments.AddPosts(10);
        var (late, next) = (Grant(1, posts, 0, 5), Grant(2, posts, 5, 10));
        world.Partition.Then(() =>
        {
            world.Time.Advance(ScriptedPartition.Lease); // as long as the answer is on its way
            return Task.FromResult(SliceAnswer.Of(late));
        });
        world.Partition.Then(next);
        Assert.Equal(["header", "begin 2", "batch 2", "end 2", "summary"], (await world.PullAsync()).Shown);
        Assert.False(world.Partition.OutcomeOf(late).WasWritten);
    }

    [Fact]
    public async Task A_lease_that_is_renewed_lets_a_long_slice_end_and_each_message_names_the_deadline_of_its_moment()
    {
        await using var world = await StartAsync();
        var posts = world.Segments.AddPosts(2_000);
        posts.Rendering = row => InvokeOnce(posts, row == 1_000, () => world.OutlastTheLease(world.Partition));
        world.Partition.Then(Grant(1, posts, 0, 2_000));
        var pulled = await world.PullAsync();
        Assert.Equal(["header", "begin 1", "batch 1", "batch 1", "end 1", "summary"], pulled.Shown);
        Assert.Equal(2_000, pulled.Begins.Single().DeadlineOffsetMs);
        Assert.Equal(2_000, pulled.Batches.First().DeadlineOffsetMs);
        Assert.InRange(pulled.Batches.Last().DeadlineOffsetMs, 4_000, 4_700); // 2.7 s have gone by; renewed at 2.0 s or 2.7 s
        Assert.InRange(pulled.Ends.Single().DeadlineOffsetMs, 4_000, 4_700);
    }

    [Fact]
    public async Task A_slice_that_a_renewal_leaves_out_is_revoked()
    {
        await using var world = await StartAsync();
        var posts = world.Segments.AddPosts(2_000);
        var grant = Grant(1, posts, 0, 2_000);
        world.Partition.OnRenew = _ => [];
        world.Partition.OnResend = _ => SliceAnswer.Of(new Refusal(RefusalReason.ResendRefused, "not any more"));
        posts.Rendering = row => InvokeOnce(posts, row == 1_000, () => world.OutlastTheLease(world.Partition));
        world.Partition.Then(grant);
        Assert.Equal(["header", "begin 1", "batch 1", "summary"], (await world.PullAsync()).Shown);
        Assert.True(world.Partition.OutcomeOf(grant).WasWritten);
    }

    private static void InvokeOnce(MemoryContent content, bool isDue, Action action)
    {
        if (isDue) InvokeOnce(() => content.Rendering = null, action);
    }

    private static void InvokeOnce(Action disarm, Action action)
    {
        disarm();
        action();
    }
}
