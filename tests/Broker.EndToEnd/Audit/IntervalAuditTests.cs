using Broker.Auditor;
using Broker.Domain;
using Broker.Domain.Partitions;
using Broker.Domain.Platforms;
using Broker.Domain.Releases;

namespace Broker.EndToEnd.Audit;

public sealed class IntervalAuditTests : AuditTest
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public Task A_slice_that_leaves_out_whose_consent_is_in_force_is_found(bool withRows) =>
        FindsAsync(Promise.Intervals, "the pull forgets them", world => world.Pull(), withRows: withRows, partition: Nth<Released>(1, released =>
            released with { Slice = released.Slice with { Exclusions = [new Exclusion(new UserRun(0, 0), RecordKind.Comment.ToSet())] } }));

    [Fact]
    public Task A_round_that_opens_over_an_unfinished_one_is_found() =>
        FindsAsync(Promise.Intervals, "while round 1 is not finished", OneSlice, world => world.Write(new PullOpened(Given.Pact, 2, 1, world.Lineage().CoveredUpTo)));

    [Fact]
    public Task A_round_that_starts_where_the_one_before_it_did_and_so_sells_twice_is_found() =>
        FindsAsync(Promise.Intervals, "starts after 0; the one before it ends with", TwoRounds, partition: Nth<PullOpened>(2, opened => opened with { From = 0 }));

    [Fact]
    public Task A_round_that_starts_later_than_the_one_before_it_ended_and_so_forgets_is_found() =>
        FindsAsync(Promise.Intervals, "starts after", TwoRounds, partition: Nth<PullOpened>(2, opened => opened with { From = opened.From + 1 }));

    [Fact]
    public Task A_round_out_of_its_turn_is_found() =>
        FindsAsync(Promise.Intervals, "opened where 2 is next", world => world.Pull(), world => world.Write(new PullOpened(Given.Pact, 3, 1, world.Lineage().CoveredUpTo)));

    [Fact]
    public Task A_slice_out_of_its_turn_is_found() =>
        FindsAsync(Promise.Intervals, "was released where 2 is next", world => world.Pull(), partition: ChangeSlice(2, slice => slice with { Number = 5 }));

    [Fact]
    public Task A_slice_of_another_interval_than_its_rounds_is_found() =>
        FindsAsync(Promise.Intervals, "its round covers", world => world.Pull(), partition: ChangeSlice(1, slice => slice with { IntervalTo = slice.IntervalTo + 1 }));

    [Fact]
    public Task A_slice_that_goes_over_what_was_released_before_is_found() =>
        FindsAsync(Promise.Intervals, "does not go on where the round stands", world => world.Pull(), partition: ChangeSlice(2, slice => slice with { From = PullCursor.Start }));

    [Fact]
    public Task A_slice_that_skips_somebody_is_found() =>
        FindsAsync(Promise.Intervals, "does not go on where the round stands", world => world.Pull(), partition: ChangeSlice(2, slice => slice with { From = new PullCursor(1, RowKey.Last) }));

    [Fact]
    public Task A_slice_of_a_finished_round_is_found() =>
        FindsAsync(Promise.Intervals, "in round 1, which is finished", world => world.Pull(), world =>
        {
            var slice = world.Lineage().Slice(1, 1)!.Released;
            world.Write(new Released(Given.Pact, slice with { Number = world.Lineage().Rounds[0].Slices.Count + 1 }));
        });

    [Fact]
    public Task A_round_that_was_finished_before_its_end_is_found() =>
        FindsAsync(Promise.Intervals, "was finished with 8 records of its interval not released", OneSlice, world => world.Finish());

    [Fact]
    public Task A_round_that_was_finished_with_a_dropped_slice_not_walked_again_is_found() =>
        FindsAsync(
            Promise.Intervals,
            "was finished with 4 records of its interval not released",
            world =>
            {
                world.OpenRound();
                world.Drop(Given.Pact, world.Release()!);
                for (var again = 0; again < 2; again++) world.Release();
            },
            world =>
            {
                Assert.NotNull(world.Release());
                var last = world.Lineage().Rounds[0].Slices[^1];
                world.Drop(Given.Pact, last);
                world.Finish();
            });

    [Fact]
    public Task A_slice_that_is_settled_twice_is_found() =>
        FindsAsync(Promise.Intervals, "was settled twice", world => world.Pull(), world => world.Append(new Confirmed(Given.Pact, 1, [1], SliceOutcome.Received)));

    [Fact]
    public Task A_slice_that_is_dropped_after_its_round_was_finished_is_found() =>
        FindsAsync(Promise.Intervals, "was dropped after its round was finished", WholeRoundUnconfirmed, world => world.Append(new Confirmed(Given.Pact, 1, [1], SliceOutcome.Dropped)));

    [Fact]
    public Task A_resend_out_of_its_turn_is_found() =>
        FindsAsync(Promise.Intervals, "comes where 1 is next", OneSlice, world =>
        {
            var slice = world.Lineage().Slice(1, 1)!.Released;
            world.Append(new Resent(Given.Pact, 1, 1, 2, slice.Amounts, slice.Digest, default));
        });

    private static void OneSlice(World world)
    {
        world.OpenRound();
        world.Release();
    }

    private static void TwoRounds(World world)
    {
        world.Pull();
        world.Add(RecordKind.Post, "z");
        world.Pull();
    }

    private static void WholeRoundUnconfirmed(World world)
    {
        world.OpenRound();
        while (world.Release() is not null) { }
        world.Finish();
    }

    private static Func<PartitionEvent, PartitionEvent?> ChangeSlice(int n, Func<ReleasedSlice, ReleasedSlice> change) =>
        Nth<Released>(n, released => released with { Slice = change(released.Slice) });
}
