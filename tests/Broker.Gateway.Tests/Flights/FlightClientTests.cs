using Broker.Domain;
using Broker.Gateway.Tests.Pulls;
using Broker.TestKit.Nodes;
using Grpc.Core;
using static Broker.Gateway.Tests.Pulls.PullWorld;

namespace Broker.Gateway.Tests.Flights;

/// <summary>Stock clients that hang up, stand still, or are too slow: as with typed pulls.</summary>
public sealed class FlightClientTests
{
    [Fact]
    public async Task A_client_that_hangs_up_leaves_every_slice_settled_and_no_observer()
    {
        await using var world = await StartAsync();
        var large = world.Segments.AddPosts(1, new string('x', 1 << 20));
        var grants = Enumerable.Range(1, 4).Select(number => Grant(number, large, 0, 1)).ToList();
        world.Partition.Then(grants);
        var ticket = await PulledFrames.TicketAsync(world);
        var blocked = SlowClients.BlockedAt(world, large);
        using (world.Flights.GetStream(ticket, world.AsPartner.Headers))
        {
            await blocked;
            await world.Partition.Asks.When(4);
        }

        await world.EndedAsync();
        Assert.Equal([true, false, false, false], grants.Select(grant => world.Partition.OutcomeOf(grant).WasWritten));
    }

    [Fact]
    public async Task A_client_that_takes_nothing_for_a_whole_lease_is_cut_off()
    {
        await using var world = await StartAsync();
        var large = world.Segments.AddPosts(1, new string('x', 1 << 20));
        var grant = Grant(1, large, 0, 1);
        world.Partition.Then(grant);
        var ticket = await PulledFrames.TicketAsync(world);
        var blocked = SlowClients.BlockedAt(world, large);
        using var call = world.Flights.GetStream(ticket, world.AsPartner.Headers);
        await blocked;
        world.Time.Advance(ScriptedPartition.Lease);
        await world.EndedAsync();
        Assert.True(world.Partition.OutcomeOf(grant).WasWritten);
        var pulled = new PulledFlight();
        await Assert.ThrowsAsync<RpcException>(() => pulled.ReadAsync(call));
        Assert.Empty(pulled.Messages); // what the transport had not taken did not arrive
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
        var pulled = await PulledFrames.PullAsync(world);
        Assert.Equal((StatusCode.ResourceExhausted, "CLIENT_TOO_SLOW"), (pulled.Error!.StatusCode, pulled.Reason));
        Assert.Equal(["header", "last 1"], pulled.Shown);
        Assert.True(world.Partition.Settled.First().WasWritten);
    }

    [Fact]
    public async Task Another_stream_that_takes_over_ends_this_one_as_aborted()
    {
        await using var world = await StartAsync();
        world.Partition.Then(Grant(1, world.Segments.AddPosts(10), 0, 10)).Then(RefusalReason.PullTakenOver);
        var pulled = await PulledFrames.PullAsync(world);
        Assert.Equal((StatusCode.Aborted, "PULL_TAKEN_OVER"), (pulled.Error!.StatusCode, pulled.Reason));
        Assert.Single(world.Partition.Settled);
    }

    [Fact]
    public async Task A_lease_that_is_renewed_lets_a_long_slice_end_and_each_message_names_the_deadline_of_its_moment()
    {
        await using var world = await StartAsync();
        var posts = world.Segments.AddPosts(6_000, "");
        posts.Rendering = row =>
        {
            if (row != 4_096) return;
            posts.Rendering = null;
            world.OutlastTheLease(world.Partition);
        };
        world.Partition.Then(Grant(1, posts, 0, 6_000));
        var pulled = await PulledFrames.PullAsync(world);
        Assert.Equal(["header", "batch 1", "last 1", "summary"], pulled.Shown);
        Assert.Equal(2_000, pulled.Flight.Messages[0].DeadlineOffsetMs);
        Assert.InRange(pulled.Flight.Messages[1].DeadlineOffsetMs, 4_000, 4_700); // 2.7 s have gone by; renewed at 2.0 s or 2.7 s
    }
}
