using System.Text.Json;
using Broker.Domain.Deals;
using Broker.Domain.Lineage;
using Broker.Domain.Partitions;
using Broker.Domain.Platforms;
using Broker.Domain.Releases;
using Broker.Domain.Tests.Generators;
using CsCheck;

namespace Broker.Domain.Tests.Releases;

/// <summary>Goal: what a selection and its exclusions save by asking once for many is never a difference. Method: any history of a partition; what they
/// say is compared with each user's, kind's and row's own answer, and what stands with what is selected anew.</summary>
public sealed class SelectionProperties
{
    [Fact]
    public void A_selection_is_what_the_rows_themselves_say()
    {
        var (all, selections) = (0, 0);
        PartitionStep.Some.Sample(Check, iter: 1_000);
        Assert.True(all > 1_000 && selections > 1_000, $"{all} records in {selections} selections");

        void Check(PartitionStep[] steps) => ForEachOpenRound(steps, (log, deal, round) =>
        {
            var terms = deal.Contract.Terms;
            if (terms.CountsTokens) return; // some segments may wait for their counts
            foreach (var (from, to) in round.Ranges)
            {
                var selection = SliceSelector.Select(log.State, deal, round, from, to, Amounts.Largest);
                Assert.Equal(Available(log.State, deal, round, from, to), PartitionLog.IdsOf(selection));
                Interlocked.Add(ref all, (int)selection.Amounts.Records);
                Interlocked.Increment(ref selections);
            }
        });
    }

    [Fact]
    public void Who_is_excluded_is_who_of_the_range_has_not_consented_kind_by_kind()
    {
        var runs = 0;
        PartitionStep.Some.Sample(Check, iter: 1_000);
        Assert.True(runs > 1_000, $"{runs} runs");

        void Check(PartitionStep[] steps) => ForEachOpenRound(steps, (log, deal, round) =>
        {
            foreach (var bound in (long[])[round.IntervalTo, log.State.Position, log.State.Position / 2])
                foreach (var (from, to) in round.Ranges)
                {
                    var exclusions = Exclusions.Of(log.State, deal, from, to, bound);
                    Assert.Equal(Excluded(log.State, deal, from, to, bound), exclusions.AsEnumerable());
                    Interlocked.Add(ref runs, exclusions.Length);
                }

            foreach (var (from, to) in round.Ranges)
            {
                // Out of what the selection remembers.
                var selection = SliceSelector.Select(log.State, deal, round, from, to, Amounts.Largest with { Records = 2 });
                Assert.Equal(
                    Excluded(log.State, deal, selection.From, selection.To, round.IntervalTo), Exclusions.Of(log.State, deal, selection, round.IntervalTo).AsEnumerable());
            }
        });
    }

    [Fact]
    public void What_is_released_of_an_older_selection_is_what_would_be_selected_now()
    {
        var (same, other) = (0, 0);
        PartitionStep.Some.Sample(Check, iter: 1_000);
        Assert.True(same > 500 && other > 500, $"{same} released what was selected, {other} something else");

        void Check(PartitionStep[] steps)
        {
            var log = PartitionStep.Begun();
            var older = new List<(DealLineage Deal, PullRound Round, SliceSelection Selection)>();
            foreach (var step in steps)
            {
                step.Do(log);
                foreach (var (deal, round, selection) in older)
                    for (var less = 0; less < 2 && less < selection.Amounts.Records; less++)
                    {
                        var allowance = selection.Amounts with { Records = selection.Amounts.Records - less };
                        var released = Released(log, deal, round, selection, allowance);
                        Assert.Equal(Released(log, deal, round, Unknown(selection), allowance), released);
                        Interlocked.Increment(ref (released.Runs == NamesOf(selection)) ? ref same : ref other);
                    }

                foreach (var deal in log.State.Deals.Values)
                    if (deal.OpenRound is { } round && !deal.Contract.Terms.CountsTokens)
                        foreach (var (from, to) in round.Ranges)
                            older.Add((deal, round, SliceSelector.Select(log.State, deal, round, from, to, Amounts.Largest with { Records = 1 + (step.First % 4) })));
                older.RemoveAll(selected => selected.Deal.OpenRound != selected.Round || selected.Selection.IsEmpty || selected.Deal.Contract.Terms.CountsTokens);
                if (older.Count > 6) older.RemoveRange(0, older.Count - 6);
            }
        }
    }

    private static void ForEachOpenRound(PartitionStep[] steps, Action<PartitionLog, DealLineage, PullRound> check)
    {
        var log = PartitionStep.Begun();
        foreach (var step in steps)
        {
            step.Do(log);
            foreach (var deal in log.State.Deals.Values)
                if (deal.OpenRound is { } round)
                    check(log, deal, round);
        }
    }

    /// <summary>The same selection, of which is not known what it was selected from: it is always selected anew.</summary>
    private static SliceSelection Unknown(SliceSelection selection) =>
        new(selection.From, selection.To, selection.Runs, selection.Amounts, selection.First);

    private static (string Events, string Runs) Released(PartitionLog log, DealLineage deal, PullRound round, SliceSelection selection, Amounts allowance)
    {
        var decision = ReleaseRules.Release(log.State, deal, round, selection, log.Hold(deal, round, allowance), log.Now, out var slice);
        return (string.Join('\n', decision.Events.Select(fact => JsonSerializer.Serialize(fact, fact.GetType()))), slice is null ? "" : NamesOf(slice));
    }

    private static string NamesOf(SliceSelection selection) => string.Join(' ', selection.Runs.Select(run => $"{run.Segment.Info.Id}:{run.From}–{run.To}"));

    private static IEnumerable<string> Available(PartitionState state, DealLineage deal, PullRound round, PullCursor from, PullCursor to) =>
        from segment in state.Segments
        where !segment.IsRemnants
        from row in Enumerable.Range(0, segment.Rows.Count)
        let place = new PullCursor(segment.Rows.UserAt(row), segment.Rows.KeyAt(row))
        where place > @from && place <= to && !state.IsGone(segment, row, place.User, state.Position)
        where Math.Max(Admission.SinceOfRow(state.Consents, deal, place.User, segment, row, state.Position) ?? long.MaxValue, segment.AddedAt(row)) is var since
            && since <= round.IntervalTo && since > (round.AfterOf(segment, row) ?? long.MaxValue)
        orderby place
        select segment.Rows.IdAt(row);

    private static List<Exclusion> Excluded(PartitionState state, DealLineage deal, PullCursor from, PullCursor to, long bound)
    {
        var scope = deal.Contract.Terms.Scope;
        var runs = new List<Exclusion>();
        for (var user = Math.Max(0, from.NextUser); user <= to.User && user < state.Consents.UserCount; user++)
        {
            var kinds = scope.Kinds.Members()
                .Where(kind => state.Erased.ContainsKey(user) || !(state.Consents.Since(user, kind, scope.Purposes, deal.Partner, state.Position) <= bound))
                .Aggregate(RecordKinds.None, static (set, kind) => set | kind.ToSet());
            if (kinds == RecordKinds.None) continue;
            if (runs.Count > 0 && runs[^1].Kinds == kinds && runs[^1].Users.Last == user - 1) runs[^1] = new Exclusion(new UserRun(runs[^1].Users.First, user), kinds);
            else runs.Add(new Exclusion(new UserRun(user, user), kinds));
        }

        return runs;
    }
}
