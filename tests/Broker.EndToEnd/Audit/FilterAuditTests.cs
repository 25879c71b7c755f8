using Broker.Auditor;
using Broker.Domain.Partitions;
using Broker.Domain.Platforms;
using Broker.Domain.Releases;

namespace Broker.EndToEnd.Audit;

/// <summary>Rounds with filters: what they left out must come later, and nothing of them twice.</summary>
public sealed class FilterAuditTests : AuditTest
{
    private static readonly PullFilter Posts = new() { Kinds = RecordKinds.Post };
    private static readonly PullFilter Comments = new() { Kinds = RecordKinds.Comment };

    [Fact]
    public Task A_slice_that_holds_what_its_rounds_filter_leaves_out_is_found() =>
        FindsAsync(Promise.Charges, "its range and interval hold", world => world.OpenRound(filter: Posts), world => world.ReleaseAs(null));

    [Fact]
    public Task A_slice_that_leaves_out_what_its_round_asks_for_is_found() =>
        FindsAsync(Promise.Charges, "its range and interval hold", world => world.OpenRound(), world => world.ReleaseAs(Posts));

    [Fact]
    public Task A_slice_that_sells_again_what_a_round_with_a_filter_sold_is_found() =>
        FindsAsync(
            Promise.Charges,
            "its range and interval hold",
            world =>
            {
                world.Pull(filter: Posts);
                world.OpenRound();
            },
            world => world.ReleaseAs(null));

    [Fact]
    public Task A_round_that_starts_where_only_another_filter_was_offered_and_so_forgets_is_found() =>
        FindsAsync(Promise.Intervals, "starts after", PostsThenAll, partition: Nth<PullOpened>(2, opened => opened with { From = opened.From + 1 }));

    [Fact]
    public Task A_round_with_a_filter_that_was_finished_before_its_end_is_found() =>
        FindsAsync(Promise.Intervals, "was finished with 4 records of its interval not released", PostsBegun, world => world.Finish());

    [Fact]
    public async Task What_rounds_with_filters_and_one_without_brought_is_proved()
    {
        var world = World.Begin();
        PostsThenAll(world);
        world.Pull(filter: Posts);
        world.Add(RecordKind.Post, "z");
        world.Pull(filter: new() { Kinds = RecordKinds.Post, CreatedBeforeMs = 1 });
        world.Pull(filter: Posts);
        world.Pull();
        Assert.Empty((await AuditAsync(world)).Violations);
        Assert.Empty((await AuditAsync(world, withRows: false)).Violations);
        Assert.Equal(16, world.Lineage().Rounds.Sum(round => round.Slices.Sum(slice => slice.Current.Records)));
    }

    private static void PostsBegun(World world)
    {
        world.OpenRound(filter: Posts);
        world.Release();
    }

    private static void PostsThenAll(World world)
    {
        world.Pull(filter: Posts);
        world.Pull();
    }
}
