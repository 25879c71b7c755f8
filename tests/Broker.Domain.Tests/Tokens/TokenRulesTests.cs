using Broker.Domain.Deals;
using Broker.Domain.Merges;
using Broker.Domain.Partitions;
using Broker.Domain.Platforms;
using Broker.Domain.Releases;
using Broker.Domain.Tests.Generators;
using Broker.Domain.Tokens;

namespace Broker.Domain.Tests.Tokens;

public sealed class TokenRulesTests
{
    private static readonly HashSet<string> Nothing = [];

    [Fact]
    public void Only_what_a_contract_counts_by_tokens_is_counted_and_the_oldest_first()
    {
        var log = Begun(Given.Terms).WithRows(Given.Posts, new Row("b", 1)).WithRows(Given.Archive, new Row("c", 1));
        Assert.Null(TokenRules.Next(log.State, log.Now, Nothing));

        log.See("d", Given.ByTokens, version: 2);
        var first = TokenRules.Next(log.State, log.Now, Nothing);
        Assert.Equal(("s0", Tokenizers.O200k), (first?.Segment.Info.Id, first?.Tokenizer));
        Assert.Equal("s1", TokenRules.Next(log.State, log.Now, new HashSet<string>(["s0"]))?.Segment.Info.Id);

        log.CountAll();
        Assert.Equal(["s0", "s1"], log.Entries.Select(entry => entry.Fact).OfType<TokensCounted>().Select(counted => counted.SegmentId)); // the archive is not licensed
        Assert.True(log.Count("s0", Tokenizers.O200k).Events.IsEmpty);
        Assert.True(log.Count("gone", Tokenizers.O200k).Events.IsEmpty);
    }

    [Fact]
    public void A_contract_whose_term_is_over_needs_nothing_counted()
    {
        var log = Begun(Given.ByTokens);
        Assert.NotNull(TokenRules.Next(log.State, Given.ByTokens.TermEnd.AddTicks(-1), Nothing));
        Assert.Null(TokenRules.Next(log.State, Given.ByTokens.TermEnd, Nothing));
    }

    [Fact]
    public void A_round_waits_for_every_record_that_it_may_hold_and_for_no_other()
    {
        var log = Begun(Given.ByTokens).WithRows(Given.Posts, new Row("l", 0, RecordKind.Like));
        log.Do((state, _) => ReleaseRules.OpenRound(state, state.Deals["d"], new PullFilter { Kinds = RecordKinds.Post }));
        Assert.Equal(1, Waiting(log)); // the like is not asked for
        log.WithRows(Given.Posts, new Row("later", 0));
        Assert.Equal(1, Waiting(log)); // nor is what came after the round was opened

        log.Count("s0", Tokenizers.Cl100k);
        Assert.Equal(1, Waiting(log)); // another tokenizer's counts say nothing
        log.Count("s0", Tokenizers.O200k);
        Assert.Equal(0, Waiting(log));
        Assert.Equal(["a"], log.ReleaseNext("d", Amounts.Largest)!);
    }

    [Fact]
    public void A_record_that_came_right_before_the_round_is_waited_for()
    {
        var log = Begun(Given.ByTokens);
        log.CountAll();
        log.WithRows(Given.Posts, new Row("last", 1));
        log.Do((state, _) => ReleaseRules.OpenRound(state, state.Deals["d"]));
        Assert.Equal(1, Waiting(log));
    }

    [Fact]
    public void Nothing_is_charged_by_counts_that_the_log_does_not_name()
    {
        var log = Begun(Given.ByTokens);
        log.Do((state, _) => ReleaseRules.OpenRound(state, state.Deals["d"]));
        Assert.Throws<InvalidOperationException>(() => log.ReleaseNext("d", Amounts.Largest));
    }

    [Fact]
    public void An_amendment_to_tokens_stops_an_open_round_until_it_is_counted()
    {
        var log = Begun(Given.Terms);
        log.Do((state, _) => ReleaseRules.OpenRound(state, state.Deals["d"]));
        Assert.Equal(0, Waiting(log));
        log.See("d", Given.ByTokens, version: 2);
        Assert.Equal(1, Waiting(log));
        log.CountAll();
        Assert.Equal(0, Waiting(log));
    }

    [Fact]
    public void A_slice_is_cut_at_the_last_record_whose_tokens_fit()
    {
        var log = Begun(Given.ByTokens, [.. Enumerable.Range(0, 12).Select(index => new Row($"r{index}", 0, CreatedAtMs: index))]);
        log.CountAll();
        var tokens = Enumerable.Range(0, 12).Select(index => Sum(new Row($"r{index}", 0, CreatedAtMs: index))).ToList();
        for (var most = 0L; most < tokens.Sum(); most++)
        {
            var fits = Enumerable.Range(0, 13).Last(count => tokens.Take(count).Sum() <= most);
            var selection = Select(log, Amounts.Largest with { Tokens = most });
            Assert.Equal((fits, tokens.Take(fits).Sum()), (selection.Amounts.Records, selection.Amounts.Tokens));
            Assert.Equal(Given.ByTokens.Price.CostOf(0, 0, selection.Amounts.Tokens), selection.Amounts.MoneyMicros);
            Assert.Equal(tokens[0], selection.First.Tokens);
        }
    }

    [Fact]
    public void A_dropped_title_costs_no_tokens()
    {
        var terms = Given.ByTokens with { Scope = Given.Terms.Scope with { Fields = new FieldPolicy(RecordFields.Title, RecordFields.None) } };
        var row = new Row("r3", 1);
        Assert.True(row.Tokens.Title > 0 && row.Tokens.Text > 0);
        var log = Begun(terms, row);
        log.CountAll();
        Assert.Equal(row.Tokens.Text, Select(log, Amounts.Largest).Amounts.Tokens);
    }

    [Fact]
    public void What_goes_out_again_costs_what_the_version_of_its_release_counts()
    {
        var log = Begun(Given.ByTokens, new Row("a", 1), new Row("b", 2));
        log.CountAll();
        log.PullAll("d");
        var charged = log.State.Deals["d"].Slice(1, 1)!.Released.Amounts;
        log.See("d", Given.Terms, version: 2); // by tokens no more
        log.Remove("b");
        SliceSelection? again = null;
        var resent = log.Do((state, now) => ReleaseRules.Resend(state, state.Deals["d"], 1, 1, now, out again)).Events.OfType<Resent>().Single();

        Assert.Equal((1, Sum(new Row("a", 1))), (resent.Amounts.Records, resent.Amounts.Tokens));
        Assert.Equal(charged, resent.Amounts + resent.Credited);
        Assert.Equal(charged.Tokens - resent.Amounts.Tokens, ReleaseRules.UnsettledCredits(log.State.Deals["d"]).Single().Total.Tokens);
    }

    [Fact]
    public void Counted_segments_are_merged_with_counted_ones_alone_and_stay_counted()
    {
        var log = Begun(Given.ByTokens).WithRows(Given.Posts, new Row("b", 1));
        log.Count("s0", Tokenizers.O200k);
        log.PlanMerge(Two);
        Assert.Null(log.Planned);

        log.Count("s1", Tokenizers.O200k);
        log.PlanMerge(Two);
        log.Merge();
        var merged = Assert.Single(log.State.Segments);
        Assert.True(merged.IsCountedBy(Tokenizers.O200k) && !merged.IsCountedBy(Tokenizers.Cl100k));
        Assert.Equal(Sum(new Row("a", 0)) + Sum(new Row("b", 1)), merged.CountsBy(Tokenizers.O200k).Of(0, 2, FieldPolicy.Everything));
        Assert.All(log.State.Retired, retired => Assert.Single(retired.Tokens));
    }

    [Fact]
    public void A_merge_that_would_lose_counts_is_never_swapped_in()
    {
        var log = Begun(Given.ByTokens).WithRows(Given.Posts, new Row("b", 1));
        log.PlanMerge(Two);
        var plan = log.Planned!;
        log.Count("s1", Tokenizers.O200k);
        Assert.Equal(RefusalReason.ManifestChanged, log.Merge()!.Value.Refusal?.Reason); // counted while it was written

        log.Count("s0", Tokenizers.O200k);
        log.PlanMerge(Two);
        var outputs = ArrayRows.Merge(log.Planned!, [.. log.State.Segments.Select(segment => (ArrayRows)segment.Rows)]);
        Assert.Throws<InvalidOperationException>(() => MergeRules.Swap(
            log.State, log.Planned!, [.. outputs.Select(output => output with { Merged = output.Merged with { Tokens = [] } })]));
        Assert.NotEqual(plan, log.Planned);
    }

    [Fact]
    public void A_snapshot_keeps_who_counted_what()
    {
        var log = Begun(Given.ByTokens).WithRows(Given.Posts, new Row("b", 1));
        log.CountAll();
        var restored = PartitionState.Restore(log.State.Freeze());
        Assert.Equal(log.State.Segments.Select(segment => segment.Tokens.Single()), restored.Segments.Select(segment => segment.Tokens.Single()));
    }

    private static readonly MergeLimits Two = new(2, 1_000_000, 1_000, TimeSpan.FromDays(1));

    private static PartitionLog Begun(ContractTerms terms, params Row[] rows)
    {
        var log = new PartitionLog().With(new PartitionCreated("x", 0, 1)).WithPolicy(Given.OptIn).WithUsers(3)
            .WithRows(Given.Posts, rows.Length == 0 ? [new Row("a", 0)] : rows);
        for (var user = 0; user < 3; user++) log.Decide(user, Given.Grant(Given.Start));
        log.See("d", terms);
        return log;
    }

    private static long Sum(Row row) => row.Tokens.Title + row.Tokens.Text;

    private static long Waiting(PartitionLog log) => TokenRules.Waiting(log.State, log.State.Deals["d"], log.State.Deals["d"].OpenRound!).Sum(segment => segment.Info.Rows);

    private static SliceSelection Select(PartitionLog log, Amounts most)
    {
        var deal = log.State.Deals["d"];
        return SliceSelector.Select(log.State, deal, new Domain.Lineage.PullRound(0, 0, log.State.Position), PullCursor.Start, PullCursor.End, most);
    }
}
