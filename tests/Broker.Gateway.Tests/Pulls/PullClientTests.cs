using Broker.Grains.Pulls;
using Grpc.Core;
using static Broker.Gateway.Tests.Pulls.PullWorld;

namespace Broker.Gateway.Tests.Pulls;

/// <summary>Clients that hang up, stand still, or are too slow.</summary>
public sealed class PullClientTests
{
    [Fact]
    public async Task A_client_that_hangs_up_leaves_every_slice_settled_and_no_observer()
    {
        await using var world = await StartAsync();
        var large = world.Segments.AddPosts(1, new string('x', 1 << 20));
        var grants = Enumerable.Range(1, 4).Select(number => Grant(number, large, 0, 1)).ToList();
        world.Partition.Then(grants);
        var blocked = SlowClients.BlockedAt(world, large);
        using var hangUp = new CancellationTokenSource();
        using var call = world.Open(cancellationToken: hangUp.Token);
        await blocked;
        await world.Partition.Asks.When(4);
        await hangUp.CancelAsync();

        await world.EndedAsync();
        Assert.Equal([true, false, false, false], grants.Select(grant => world.Partition.OutcomeOf(grant).WasWritten));
        Assert.Equal(StatusCode.Cancelled, (await PulledMessages.ReadAsync(call)).Error!.StatusCode);
    }

    [Fact]
    public async Task A_client_that_takes_nothing_for_a_whole_lease_is_cut_off()
    {
        await using var world = await StartAsync();
        var large = world.Segments.AddPosts(1, new string('x', 1 << 20));
        var grant = Grant(1, large, 0, 1);
        world.Partition.Then(grant);
        var blocked = SlowClients.BlockedAt(world, large);
        using var call = world.Open();
        await blocked;
        world.Time.Advance(ScriptedPartition.Lease);
        await world.EndedAsync();
        Assert.True(world.Partition.OutcomeOf(grant).WasWritten);
        var pulled = await PulledMessages.ReadAsync(call);
        Assert.NotNull(pulled.Error);
        Assert.Empty(pulled.Batches); // what the transport had not taken did not arrive
    }

    [Fact]
    public async Task What_is_not_flushed_of_a_revoked_slice_is_cut_off_when_its_lease_has_run_out()
    {
        await using var world = await StartAsync();
        var large = world.Segments.AddPosts(1, new string('x', 1 << 20));
        var grant = Grant(1, large, 0, 1);
        world.Partition.OnRenew = _ => [];
        world.Partition.Then(() =>
        {
            world.Time.Advance(TimeSpan.FromMilliseconds(500)); // the lease ends before the client has had its time
            return Task.FromResult(SliceAnswer.Of(grant));
        });
        var rendered = new TaskCompletionSource<Task>(TaskCreationOptions.RunContinuationsAsynchronously);
        large.Rendering = _ => rendered.TrySetResult(world.Time.NextTimer(TimeSpan.FromMilliseconds(1_500)));
        using var call = world.Open();
        await await rendered.Task;
        world.Partition.Revoke(grant);
        world.Time.Advance(TimeSpan.FromMilliseconds(1_500));
        await world.EndedAsync();
        Assert.True(world.Partition.OutcomeOf(grant).WasWritten);
        Assert.Empty((await PulledMessages.ReadAsync(call)).Batches);
    }

    [Fact]
    public async Task A_client_that_needs_more_than_a_lease_for_the_smallest_slice_is_refused_by_name()
    {
        await using var world = await StartAsync();
        var posts = world.Segments.AddPosts(10);
        posts.Rendering = row =>
        {
            if (row == 0) world.OutlastTheLease(world.Partition);
        };
        world.Partition.Then(Grant(1, posts, 0, 10), Grant(2, posts, 5, 10));
        var pulled = await world.PullAsync();
        Assert.Equal((StatusCode.ResourceExhausted, "CLIENT_TOO_SLOW"), (pulled.Error!.StatusCode, pulled.Reason));
        Assert.Equal(["header", "begin 1", "batch 1", "end 1"], pulled.Shown);
        Assert.True(world.Partition.Settled.First().WasWritten);
    }

    [Fact]
    public async Task A_fast_client_gets_larger_slices_and_a_slow_one_smaller_ones()
    {
        await using var world = await StartAsync(configure: options => (options.SliceBytesFirst, options.SlicesInFlightMax) = (20_000, 1));
        var posts = world.Segments.AddPosts(40, new string('x', 1_000));
        world.Partition.Then(Grant(1, posts, 0, 20), Grant(2, posts, 0, 40));
        posts.Rendering = row =>
        {
            if (row == 39) world.Time.Advance(TimeSpan.FromSeconds(1.6)); // four fifths of a lease: eight fifths of what it should take
        };
        await world.PullAsync();
        var asked = world.Partition.Asked.Select(request => request.BytesMax).ToList();
        Assert.Equal([20_000, 40_000], asked.Take(2));
        Assert.InRange(asked[2], posts.BytesOf(0, 40, Domain.Releases.FieldPolicy.Everything) * 5 / 8 - 1, posts.BytesOf(0, 40, Domain.Releases.FieldPolicy.Everything) * 5 / 8);
    }
}
