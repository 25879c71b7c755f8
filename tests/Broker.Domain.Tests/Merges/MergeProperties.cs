using Broker.Domain.Deals;
using Broker.Domain.Lineage;
using Broker.Domain.Merges;
using Broker.Domain.Partitions;
using Broker.Domain.Recalls;
using Broker.Domain.Releases;
using Broker.Domain.Tests.Generators;
using Broker.Domain.Tokens;
using CsCheck;

namespace Broker.Domain.Tests.Merges;

/// <summary>Any commands with merges anywhere among them, beside the same commands without: nobody can tell the two partitions apart by what they release,
/// recall or tell.</summary>
public sealed class MergeProperties
{
    [Fact]
    public void A_partition_that_merges_releases_recalls_and_tells_what_one_that_never_does_would()
    {
        var (merges, carried, remnants, nameless) = (0, 0, 0, 0);
        PartitionStep.Some.Sample(Compare, iter: 2_000);
        Assert.True(merges > 50 && carried > 0 && remnants > 50 && nameless > 0, $"{merges} merges, {carried} carried, {remnants} remnants, {nameless} nameless");

        void Compare(PartitionStep[] steps)
        {
            var (log, twin) = (PartitionStep.Begun(), PartitionStep.Begun());
            foreach (var step in steps)
            {
                var before = log.Entries.Count;
                step.Do(log);
                // A merge takes an entry's place in the log and changes nothing: so does what follows; and where there are fewer segments fewer are counted.
                if (step.Verb is not (PartitionVerb.PlanMerge or PartitionVerb.Merge or PartitionVerb.DeleteSegments)) step.Do(twin);
                Pad(twin, log);
                Pad(log, twin);
                foreach (var merged in log.Entries.Skip(before).Select(entry => entry.Fact).OfType<SegmentsMerged>())
                {
                    Interlocked.Increment(ref merges);
                    Interlocked.Add(ref carried, merged.Carried.Length);
                }
            }

            Assert.Equal(twin.State.Position, log.State.Position);
            Assert.Equal(Sent(twin), Sent(log));
            Assert.Equal(Told(twin.State), Told(log.State));
            Assert.Equal(Offered(twin.State), Offered(log.State));
            var left = log.State.Segments.Where(segment => segment.IsRemnants).SelectMany(segment => Enumerable.Range(0, segment.Rows.Count).Select(row => segment.Rows.IdAt(row))).ToList();
            Interlocked.Add(ref remnants, left.Count);
            Interlocked.Add(ref nameless, left.Count(id => id.Length == 0));
        }
    }

    [Fact]
    public void What_is_gone_by_the_time_of_a_merge_lies_in_no_segment_of_records_and_every_row_lies_somewhere_once() => PartitionStep.Some.Sample(
        steps =>
        {
            var log = PartitionStep.Begun();
            var rows = 0;
            log.Applied = (_, fact) => rows += fact is RecordsAdded added ? added.Segment.Rows : 0;
            rows = log.State.Segments.Sum(segment => segment.Info.Rows);
            foreach (var step in steps) step.Do(log);
            Assert.Equal(rows, log.State.Segments.Sum(segment => segment.Rows.Count));
            foreach (var segment in log.State.Segments.Where(segment => segment.CleanUpTo > segment.LastAdded)) // made by a merge
                for (var row = 0; row < segment.Rows.Count; row++)
                    Assert.Equal(segment.IsRemnants, log.State.IsGone(segment, row, segment.Rows.UserAt(row), segment.CleanUpTo));
        },
        iter: 2_000);

    [Fact]
    public void A_removal_during_the_merge_is_a_removal_after_it()
    {
        var log = Begun("a", "b").WithRows(Given.Posts, new Row("c", 1));
        log.PullAll("d");
        log.PlanMerge(Now);
        var named = log.Removal("a");
        log.Remove("a");
        log.Merge();

        var (segment, row) = Place(log.State, "a");
        Assert.True(log.State.IsGone(segment, row, 0, log.State.Position));
        Assert.Equal(new RecordRef("s0", named.Row, 6), segment.RefOf(row));
        Assert.Equal(["a"], RecallRules.Covered(log.State, log.State.Recalls.Single()).Select(delivery => delivery.Segment.Rows.IdAt(delivery.Row)));
        Assert.NotNull(new GoneWatch().Since(log.State, segment)); // it lies there still, and its time runs from the removal
    }

    [Fact]
    public void A_swap_of_segments_that_are_not_there_any_more_is_refused()
    {
        var log = Begun("a").WithRows(Given.Posts, new Row("b", 1));
        log.PlanMerge(Now);
        var plan = log.Planned!;
        log.Merge();
        var decision = MergeRules.Swap(log.State, plan, []);
        Assert.Equal(RefusalReason.ManifestChanged, decision.Refusal!.Reason);
    }

    [Fact]
    public void Outputs_that_lack_a_row_or_have_one_too_many_are_never_swapped_in()
    {
        var log = Begun("a").WithRows(Given.Posts, new Row("b", 1));
        log.PlanMerge(Now);
        var outputs = ArrayRows.Merge(log.Planned!, [.. log.State.Segments.Select(segment => (ArrayRows)segment.Rows)]);
        Assert.Throws<InvalidOperationException>(() => MergeRules.Swap(log.State, log.Planned!, []));
        Assert.Throws<InvalidOperationException>(() => MergeRules.Swap(log.State, log.Planned!, [.. outputs, .. outputs]));
    }

    [Fact]
    public void An_import_that_was_prepared_before_a_merge_is_prepared_again()
    {
        var log = Begun("a").WithRows(Given.Posts, new Row("b", 1));
        var removal = log.Removal("a");
        var prepared = log.State.ManifestPosition;
        log.PlanMerge(Now);
        log.Merge();
        Assert.Equal(RefusalReason.ManifestChanged, Platforms.DatasetRules.CommitImport(log.State, "i", prepared, [], [removal], log.Now).Refusal!.Reason);
        Assert.Equal(RefusalReason.ManifestChanged, Platforms.DatasetRules.Remove(log.State, [removal], log.Now).Refusal!.Reason);
    }

    private static readonly MergeLimits Now = new(2, 1_000_000, 1_000, TimeSpan.FromDays(1));

    private static PartitionLog Begun(params string[] ids)
    {
        var log = new PartitionLog().With(new Partitions.PartitionCreated("x", 0, 1)).WithPolicy(Given.OptIn).WithUsers(2)
            .WithRows(Given.Posts, ids.Select(id => new Row(id, 0)));
        log.Decide(0, Given.Grant(Given.Start));
        log.See("d", Given.Terms);
        return log;
    }

    private static (PartitionSegment Segment, int Row) Place(PartitionState state, string id) =>
        state.Segments.SelectMany(segment => Enumerable.Range(0, segment.Rows.Count).Select(row => (segment, row))).Single(place => place.segment.Rows.IdAt(place.row) == id);

    private static void Pad(PartitionLog log, PartitionLog longer)
    {
        while (log.State.Position < longer.State.Position) log.With(new CreditsSettled("d", 0));
    }

    private static IEnumerable<string> Sent(PartitionLog log) => log.Sent.Select(slice => $"{slice.Key} {string.Join(' ', slice.Value)}");

    /// <summary>Who got what, and what each recall covers.</summary>
    private static IEnumerable<string> Told(PartitionState state) =>
        Enumerable.Range(0, state.Consents.UserCount).SelectMany(user => LineageRules.DeliveriesOf(state, user)).Select(Name)
            .Concat(state.Recalls.SelectMany(recall => RecallRules.Covered(state, recall).Select(delivery => $"{recall.Recall.Number} {recall.Recall.Cause} {Name(delivery)}")));

    /// <summary>What each deal would get now.</summary>
    private static IEnumerable<string> Offered(PartitionState state) =>
        from deal in state.Deals.Values
        let round = new PullRound(0, deal.CoveredUpTo, state.Position)
        where !deal.Contract.Terms.CountsTokens || TokenRules.Waiting(state, deal, round).Count == 0
        let selection = SliceSelector.Select(state, deal, round, PullCursor.Start, PullCursor.End, Amounts.Largest)
        select $"{deal.Deal} {selection.Amounts} {string.Join(' ', PartitionLog.IdsOf(selection))} {SliceSelector.HasNews(state, deal)}";

    private static string Name(Delivery delivery) =>
        $"{delivery.Deal.Deal} {delivery.Slice.Released.Round}/{delivery.Slice.Released.Number} {delivery.User} {delivery.Segment.Rows.KeyAt(delivery.Row)} {delivery.Segment.AddedAt(delivery.Row)}";
}
