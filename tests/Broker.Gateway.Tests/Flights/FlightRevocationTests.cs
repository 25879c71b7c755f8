using Broker.Domain;
using Broker.Gateway.Tests.Pulls;
using Broker.Grains.Pulls;
using Grpc.Core;
using static Broker.Gateway.Tests.Pulls.PullWorld;

namespace Broker.Gateway.Tests.Flights;

/// <summary>A flight stops where a typed pull stops: no message of a slice begins once its lease has run out or was revoked.</summary>
public sealed class FlightRevocationTests
{
    private const int Rows = 3 * 4_096;

    [Fact]
    public async Task A_slice_that_is_revoked_before_its_first_message_is_not_begun_and_settled_as_dropped()
    {
        await using var world = await StartAsync();
        var posts = world.Segments.AddPosts(20);
        var (first, second) = (Grant(1, posts, 0, 10), Grant(2, posts, 10, 20));
        world.Segments.Opening = _ => world.Partition.Revoke(first);
        world.Partition.Then(first, second);
        Assert.Equal(["header", "last 2", "summary"], (await PulledFrames.PullAsync(world)).Shown);
        Assert.False(world.Partition.OutcomeOf(first).WasWritten);
        Assert.True(world.Partition.OutcomeOf(second).WasWritten);
    }

    [Fact]
    public async Task A_slice_that_is_revoked_between_two_messages_has_no_last_one_and_counts_as_written()
    {
        await using var world = await StartAsync();
        var posts = world.Segments.AddPosts(Rows, "");
        var grant = Grant(1, posts, 0, Rows);
        OnceAt(posts, 4_096, () => world.Partition.Revoke(grant));
        world.Partition.OnResend = _ => SliceAnswer.Of(new Refusal(RefusalReason.ResendRefused, "not any more"));
        world.Partition.Then(grant);
        var pulled = await PulledFrames.PullAsync(world);
        Assert.Equal(["header", "batch 1", "summary"], pulled.Shown);
        Assert.Empty(pulled.Flight.Slices);
        Assert.Equal(0, pulled.Summary.Charged.RecordCount);
        Assert.True(world.Partition.OutcomeOf(grant).WasWritten);
    }

    [Fact]
    public async Task What_a_revocation_cut_short_comes_again_in_the_same_stream_without_who_withdrew()
    {
        await using var world = await StartAsync();
        var posts = world.Segments.AddPosts(Rows, "");
        var grant = Grant(1, posts, 0, Rows);
        OnceAt(posts, 4_096, () => world.Partition.Revoke(grant));
        world.Partition.OnResend = slice => SliceAnswer.Of(Grant(slice.Number, posts, 100, 500, resend: 1));
        world.Partition.Then(grant, Grant(2, posts, 10, 20));
        var pulled = await PulledFrames.PullAsync(world);
        Assert.Equal(["header", "batch 1", "last 2", "last 1 again", "summary"], pulled.Shown);
        Assert.Equal((410L, 10L), (pulled.Summary.Sent.RecordCount, pulled.Summary.Charged.RecordCount));
        Assert.Equal(posts.Records.Take(10..20).Concat(posts.Records.Take(100..500)).Select(record => record.Id), pulled.Flight.Records.Select(record => record.Id));
    }

    [Fact]
    public async Task Nothing_of_a_slice_is_written_once_its_lease_has_run_out()
    {
        await using var world = await StartAsync();
        var posts = world.Segments.AddPosts(Rows, "");
        var grant = Grant(1, posts, 0, Rows);
        world.Partition.OnRenew = _ => throw new TimeoutException("the partition does not answer");
        OnceAt(posts, 2 * 4_096, () => world.Time.Advance(ScriptedPartition.Lease));
        world.Partition.OnResend = _ => SliceAnswer.Of(new Refusal(RefusalReason.ResendRefused, "not any more"));
        world.Partition.Then(grant);
        Assert.Equal(["header", "batch 1", "batch 1", "summary"], (await PulledFrames.PullAsync(world)).Shown);
        Assert.True(world.Partition.OutcomeOf(grant).WasWritten);
    }

    [Fact]
    public async Task A_slice_that_is_rendered_otherwise_than_it_was_charged_has_no_last_message()
    {
        await using var world = await StartAsync();
        var posts = world.Segments.AddPosts(Rows, "");
        var grant = Grant(1, posts, 0, Rows);
        OnceAt(posts, 4_096, () => posts.Appended = "more than what was charged");
        world.Partition.Then(grant);
        var pulled = await PulledFrames.PullAsync(world);
        Assert.Equal((StatusCode.DataLoss, "SEGMENT_CORRUPT"), (pulled.Error!.StatusCode, pulled.Reason));
        Assert.Equal(["header", "batch 1", "batch 1"], pulled.Shown);
        Assert.True(world.Partition.OutcomeOf(grant).WasWritten);
    }

    // The first message is written when the second one's first row is rendered.
    private static void OnceAt(MemoryContent content, int row, Action action) => content.Rendering = rendered =>
    {
        if (rendered != row) return;
        content.Rendering = null;
        action();
    };
}
