using Broker.Domain.Merges;
using Broker.Domain.Partitions;
using Broker.Domain.Platforms;
using Broker.Domain.Releases;
using Broker.Domain.Tests.Generators;
using CsCheck;

namespace Broker.Domain.Tests.Merges;

public sealed class MergeRulesTests
{
    private const long Mega = 1 << 20;

    private static readonly MergeLimits Limits = new(4, 256 * Mega, 1_000_000, TimeSpan.FromHours(12));

    [Fact]
    public void Fewer_segments_than_the_fan_in_are_left_alone_and_as_many_are_merged()
    {
        var state = Of(Mega, Mega, Mega);
        Assert.Null(Next(state));
        Add(state, Mega);
        Assert.Equal((4, MergeReason.Small), (Next(state)!.Inputs.Length, Next(state)!.Reason));
    }

    [Fact]
    public void Segments_of_another_size_dataset_or_kind_are_not_merged_with_them()
    {
        Assert.Null(Next(Of(Mega, Mega, Mega, 30 * Mega)));
        var state = Of(Mega, Mega, Mega);
        Add(state, Mega, "other");
        Add(state, Mega, kind: RecordKind.Comment);
        Assert.Null(Next(state));
    }

    [Fact]
    public void What_is_left_alone_is_not_planned()
    {
        var state = Of(Mega, Mega, Mega, Mega);
        Assert.Null(MergeRules.Next(state, new GoneWatch(), Given.Start, Limits, new HashSet<string> { "s0" }));
    }

    [Fact]
    public void A_removed_row_waits_for_its_time_and_then_its_segment_is_rewritten_alone()
    {
        var log = Begun();
        log.Remove("a");
        Assert.Null(Next(log.State, log.Now.AddHours(12).AddTicks(-1)));
        var plan = Next(log.State, log.Now.AddHours(12))!;
        Assert.Equal((MergeReason.Overdue, 1), (plan.Reason, plan.Inputs.Length));
    }

    [Fact]
    public void The_time_of_what_is_gone_runs_from_the_first_removal_and_ends_with_the_merge()
    {
        var log = Begun();
        log.Remove("a");
        var first = log.Now;
        log.Now = first.AddHours(11);
        log.Remove("b");
        Assert.NotNull(Next(log.State, first.AddHours(12)));
        log.Now = first.AddHours(12);
        log.PlanMerge(Limits);
        log.Merge();
        Assert.Null(Next(log.State, first.AddYears(1)));
    }

    [Fact]
    public void An_erasure_rewrites_the_segments_that_hold_something_of_the_user_and_no_other()
    {
        var log = Begun().WithRows(Given.Archive, new Row("x", 1));
        log.Do((state, now) => DatasetRules.Erase(state, 1, [1], now));
        log.Now = log.Now.AddDays(1);
        log.PlanMerge(Limits);
        Assert.Equal(Given.Archive, Assert.Single(log.Planned!.Inputs).Info.Dataset);
        log.Merge();
        Assert.Null(Next(log.State, log.Now.AddYears(1)));
        Assert.True(log.State.Segments.Single(segment => segment.Info.Dataset == Given.Archive).IsRemnants);
    }

    [Fact]
    public void The_end_of_a_key_rewrites_remnants_that_still_say_ids()
    {
        var log = Begun();
        log.Do((state, now) => DatasetRules.Erase(state, 0, [1], now));
        log.Now = log.Now.AddDays(1);
        log.PlanMerge(Limits);
        log.Merge();
        log.Append(new UserKeyDestroyed(0));
        Assert.Null(Next(log.State, log.Now.AddHours(11)));
        log.Now = log.Now.AddHours(12);
        log.PlanMerge(Limits);
        Assert.True(log.Planned!.IsRemnants);
        log.Merge();
        Assert.Equal(["", ""], Enumerable.Range(0, 2).Select(row => log.State.Segments.Single().Rows.IdAt(row)));
        Assert.Null(Next(log.State, log.Now.AddYears(1)));
    }

    [Fact]
    public void Files_are_deletable_when_their_time_is_over_and_not_before()
    {
        var log = Begun();
        log.Remove("a");
        log.Now = log.Now.AddHours(12);
        log.PlanMerge(Limits);
        log.Merge();
        Assert.Empty(MergeRules.Deletable(log.State, log.Now.AddMinutes(15).AddTicks(-1), TimeSpan.FromMinutes(15)));
        Assert.Equal("s0", Assert.Single(MergeRules.Deletable(log.State, log.Now.AddMinutes(15), TimeSpan.FromMinutes(15))).Info.Id);
    }

    [Fact]
    public void Merges_of_any_imports_end_leave_few_segments_of_each_size_and_write_each_byte_few_times() =>
        Gen.Select(Gen.OneOf(Gen.Long[1, Mega], Gen.Long[Mega, 64 * Mega]).Array[1, 120], Gen.Int[2, 6]).Sample(
            (sizes, fanIn) =>
            {
                var limits = Limits with { FanIn = fanIn };
                var state = new PartitionState();
                var (imported, written, merges) = (0L, 0L, 0);
                foreach (var size in sizes)
                {
                    Add(state, size);
                    imported += size;
                    for (; MergeRules.Next(state, new GoneWatch(), Given.Start, limits, new HashSet<string>()) is { } plan; merges++)
                    {
                        Assert.True(plan.Inputs.Length > 1 && plan.Bytes <= limits.BytesMax && plan.Inputs.Distinct().Count() == plan.Inputs.Length);
                        written += plan.Bytes;
                        Swap(state, plan);
                    }
                }

                Assert.Equal(imported, state.Segments.Sum(segment => segment.Info.Bytes));
                Assert.True(merges < sizes.Length, $"{merges} merges of {sizes.Length} segments"); // each makes at least one fewer
                // A byte rises by a tier with each merge, or its segment fits with no other: the tiers are log(256) of the fan-in, and the small one.
                var tiers = 2 + (int)Math.Ceiling(Math.Log(256) / Math.Log(fanIn));
                Assert.True(written <= imported * fanIn * tiers, $"{written} written of {imported}");
                foreach (var tier in state.Segments.GroupBy(segment => TierOf(segment.Info.Bytes, fanIn)))
                    Assert.True(tier.Count() < fanIn || tier.Select(segment => segment.Info.Bytes).Order().Take(2).Sum() > limits.BytesMax);
            },
            iter: 300);

    private static PartitionState Of(params IEnumerable<long> bytes)
    {
        var state = new PartitionState();
        foreach (var size in bytes) Add(state, size);
        return state;
    }

    private static void Add(PartitionState state, long bytes, string dataset = Given.Posts, RecordKind kind = RecordKind.Post) => state.Apply(
        state.Position + 1, Given.Start, new RecordsAdded("i", new SegmentInfo($"s{state.Position}", dataset, kind, 10, bytes, [1], [2])));

    private static void Swap(PartitionState state, MergePlan plan)
    {
        var made = new SegmentInfo($"m{state.Position}", plan.Dataset, plan.Kind, (int)plan.Rows, plan.Bytes, [1], [2]);
        state.Apply(state.Position + 1, Given.Start, new SegmentsMerged([.. plan.Inputs.Select(input => input.Info.Id)], [new MergedSegment(made, 1, plan.AsOf, false)], plan.AsOf, []));
    }

    private static int TierOf(long bytes, int fanIn)
    {
        var tier = 0;
        for (var most = MergeRules.SmallBytes; bytes > most; most *= fanIn) tier++;
        return tier;
    }

    private static MergePlan? Next(PartitionState state, DateTimeOffset? now = null) => MergeRules.Next(state, new GoneWatch(), now ?? Given.Start, Limits, new HashSet<string>());

    private static PartitionLog Begun() => new PartitionLog().With(new PartitionCreated("x", 0, 1)).WithPolicy(Given.OptIn).WithUsers(2)
        .WithRows(Given.Posts, new Row("a", 0), new Row("b", 0));
}
