using Broker.Auditor;
using Broker.Domain.Partitions;

namespace Broker.EndToEnd.Audit;

/// <summary>Merges of segments: everything that left before them is still proved, and what they take that they may not is found.</summary>
public sealed class MergeAuditTests : AuditTest
{
    [Fact]
    public async Task What_left_is_proved_after_merges_though_every_file_that_it_left_from_is_gone()
    {
        var world = World.Begin();
        Story(world);
        var verdict = await AuditAsync(world);
        Assert.Empty(verdict.Violations);
        Assert.Empty(verdict.OneSided);
        Assert.Empty(world.Partition.Retired);
        Assert.Contains(world.Partition.Segments, segment => segment.IsRemnants);
    }

    [Fact]
    public async Task Of_who_was_erased_the_number_of_records_stays_proved_and_the_audit_says_that_their_ids_are_gone()
    {
        var world = World.Begin();
        world.Pull();
        world.Erase(0);
        world.Append(new UserKeyDestroyed(0));
        world.Add(Broker.Domain.Platforms.RecordKind.Post, "n");
        world.PlanMerge(TimeSpan.Zero);
        world.Merge();
        world.DeleteRetired();
        var verdict = await AuditAsync(world);
        Assert.Empty(verdict.Violations);
        Assert.Contains("of users who were erased", Assert.Single(verdict.OneSided), StringComparison.Ordinal);
    }

    [Fact]
    public Task A_merge_that_loses_records_is_found() => FindsAsync(
        Promise.Order, "records were lost, or doubled", Story, partition: Nth<SegmentsMerged>(1, merged => merged with
        {
            Outputs = [.. merged.Outputs.Select(output => output with { Segment = output.Segment with { Rows = output.Segment.Rows - 1 } })],
        }));

    [Fact]
    public Task A_merge_that_forgets_a_removal_is_found() => FindsAsync(
        Promise.Order, "a removed record would come back", Story, partition: Nth<SegmentsMerged>(1, merged => merged with { Carried = [] }));

    [Fact]
    public Task A_merge_that_says_it_is_clean_of_what_came_after_it_is_found() => FindsAsync(
        Promise.Order, "says that it is clean up to", Story, partition: Nth<SegmentsMerged>(1, merged => merged with { CleanUpTo = 1_000 }));

    [Fact]
    public Task A_merge_that_buries_records_which_nobody_removed_is_found() => FindsAsync(
        Promise.Order, "that nobody removed: a merge lost them", Prepared, world => world.Merge(plan => plan with { Erased = plan.Erased.Add(1) }));

    [Fact]
    public Task A_merge_that_keeps_the_records_of_who_was_erased_is_found() => FindsAsync(
        Promise.Consent, "that were gone before it was written", Prepared, world => world.Merge(plan => plan with { Erased = [] }));

    [Fact]
    public Task A_deletion_of_what_lies_nowhere_else_is_found() => FindsAsync(
        Promise.Order, "though its records lie nowhere else", Prepared, world => world.Write(new SegmentsDeleted(["s0"])));

    [Fact]
    public Task A_removal_in_a_segment_that_was_merged_away_is_found() => FindsAsync(
        Promise.Order, "was removed and never added", Story, world => world.Write(new RecordRemoved(0, "s0", 0, Broker.Domain.Platforms.RecordKind.Post, "en", 0, 1, [9], Broker.Domain.Platforms.RemovalCause.Deleted)));

    /// <summary>Two segments, something pulled, something removed, somebody erased, and a merge that is planned.</summary>
    private static void Prepared(World world)
    {
        world.Pull();
        world.Remove("a0");
        world.Erase(2);
        world.Add(Broker.Domain.Platforms.RecordKind.Post, "n");
        world.PlanMerge(TimeSpan.FromDays(1));
    }

    /// <summary>The same, another removal while the merge runs, and the merge; its inputs deleted, and another pull.</summary>
    private static void Story(World world)
    {
        Prepared(world);
        world.Remove("b0");
        world.Merge();
        world.DeleteRetired();
        world.Pull();
    }
}
