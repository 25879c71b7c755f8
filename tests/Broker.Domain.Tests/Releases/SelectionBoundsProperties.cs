using Broker.Domain.Deals;
using Broker.Domain.Lineage;
using Broker.Domain.Partitions;
using Broker.Domain.Releases;
using Broker.Domain.Tests.Generators;
using CsCheck;

namespace Broker.Domain.Tests.Releases;

/// <summary>Goal: where a selection must end early it ends at the same row, whether users are taken one by one or as neighbours. Method: any history of a
/// partition, any allowance; what is selected is the longest start that fits of all that is available, and the place of the cut follows from the row behind it.</summary>
public sealed class SelectionBoundsProperties
{
    [Fact]
    public void A_selection_that_must_end_early_is_the_longest_start_that_fits()
    {
        var (whole, cut, within) = (0, 0, 0);
        PartitionStep.Some.Sample(Check, iter: 1_000);
        Assert.True(whole > 500 && cut > 500 && within > 50, $"{whole} whole, {cut} cut, {within} within a user");

        void Check(PartitionStep[] steps)
        {
            var log = PartitionStep.Begun();
            foreach (var step in steps)
            {
                step.Do(log);
                foreach (var deal in log.State.Deals.Values)
                    if (deal.OpenRound is { } round && !deal.Contract.Terms.CountsTokens)
                        foreach (var range in round.Ranges)
                            foreach (var most in (Amounts[])[Amounts.Largest with { Bytes = 90 + (step.First * 20) }, Amounts.Largest with { Records = step.Second % 8 }])
                                CheckOne(log, deal, round, range, most);
            }
        }

        void CheckOne(PartitionLog log, DealLineage deal, PullRound round, (PullCursor From, PullCursor To) range, Amounts most)
        {
            var all = RowsOf(SliceSelector.Select(log.State, deal, round, range.From, range.To, Amounts.Largest)).ToList();
            var selection = SliceSelector.Select(log.State, deal, round, range.From, range.To, most);
            var fits = 0;
            var bytes = 0L;
            foreach (var (segment, row) in all)
            {
                bytes += segment.Rows.BytesOf(row, row + 1, deal.Contract.Terms.Scope.Fields);
                if (bytes > most.Bytes || fits + 1 > most.Records) break;
                fits++;
            }

            Assert.Equal(all.Take(fits), RowsOf(selection));
            if (all.Count > 0) Assert.Equal(1, selection.First.Records);
            if (fits == all.Count)
            {
                Interlocked.Increment(ref whole);
                return;
            }

            Interlocked.Increment(ref cut);
            var (next, nextRow) = all[fits];
            var user = next.Rows.UserAt(nextRow);
            var expected = new PullCursor(user - 1, RowKey.Last);
            if (fits > 0 && all[fits - 1] is var (last, lastRow) && last.Rows.UserAt(lastRow) == user)
            {
                expected = new PullCursor(user, last.Rows.KeyAt(lastRow));
                Interlocked.Increment(ref within);
            }

            Assert.Equal(expected < range.From ? range.From : expected, selection.To);
        }
    }

    [Fact]
    public void Of_more_users_than_answers_are_remembered_of_everyone_is_asked()
    {
        const int Users = 70_000;
        var log = new PartitionLog().WithPolicy(Given.OptIn).WithUsers(Users);
        for (var user = 3; user < Users; user++)
            if (user % 5 != 0)
                log.Decide(user, user % 7 == 0 ? Given.Withdrawal(Given.Start) : Given.Grant(Given.Start));
        log.WithRows(Given.Posts, Enumerable.Range(0, Users).Where(user => user % 3 == 1).Select(user => new Row($"r{user}", user)));
        var deal = log.See("d", Given.Terms);
        log.Do((state, _) => ReleaseRules.OpenRound(state, deal));
        var round = deal.OpenRound!;
        var selection = SliceSelector.Select(log.State, deal, round, PullCursor.Start, PullCursor.End, Amounts.Largest);
        Assert.Equal(Enumerable.Range(3, Users - 3).Where(user => user % 3 == 1 && user % 5 != 0 && user % 7 != 0), RowsOf(selection).Select(row => row.Segment.Rows.UserAt(row.Row)));

        var excluded = Exclusions.Of(log.State, deal, selection, round.IntervalTo);
        Assert.Equal(Exclusions.Of(log.State, deal, selection.From, selection.To, round.IntervalTo), excluded.AsEnumerable());
        Assert.Equal(
            Enumerable.Range(0, Users).Where(user => user < 3 || user % 5 == 0 || user % 7 == 0),
            excluded.SelectMany(run => Enumerable.Range(run.Users.First, run.Users.Last - run.Users.First + 1)));
    }

    [Fact]
    public void A_range_that_ends_within_a_users_rows_brings_none_behind_its_end_walked_again_or_sent_again()
    {
        var log = new PartitionLog().WithPolicy(Given.OptIn).WithUsers(2).Decide(0, Given.Grant(Given.Start)).Decide(1, Given.Grant(Given.Start));
        Row[] rows = [new("a", 0, CreatedAtMs: 1), new("b", 0, CreatedAtMs: 2), new("c", 1, CreatedAtMs: 1), new("d", 1, CreatedAtMs: 2), new("e", 1, CreatedAtMs: 3)];
        log.WithRows(Given.Posts, rows);
        var deal = log.See("d", Given.Terms);
        log.Do((state, _) => ReleaseRules.OpenRound(state, deal));
        Assert.Equal(["a", "b", "c"], log.ReleaseNext("d", Amounts.Largest with { Records = 3 })!);
        Assert.Equal(["d"], log.ReleaseNext("d", Amounts.Largest with { Records = 1 })!);

        // The quota and the wish leave room for more: the end of the range alone holds it back.
        log.Do((_, _) => ReleaseRules.ConfirmDropped(deal, 1, 1));
        Assert.Equal(["a", "b", "c"], log.ReleaseNext("d", Amounts.Largest)!);

        log.Decide(0, Given.Withdrawal(Given.Start.AddDays(1)));
        SliceSelection? again = null;
        log.Do((state, now) => ReleaseRules.Resend(state, deal, 1, 3, now, out again));
        Assert.Equal(["c"], PartitionLog.IdsOf(again!));
        Assert.Equal(["e"], log.ReleaseNext("d", Amounts.Largest)!);
    }

    private static IEnumerable<(PartitionSegment Segment, int Row)> RowsOf(SliceSelection selection) =>
        from run in selection.Runs
        from row in Enumerable.Range(run.From, run.Count)
        select (run.Segment, row);
}
