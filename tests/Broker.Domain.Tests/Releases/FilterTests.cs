using Broker.Domain.Partitions;
using Broker.Domain.Platforms;
using Broker.Domain.Releases;
using Broker.Domain.Tests.Generators;

namespace Broker.Domain.Tests.Releases;

public sealed class FilterTests
{
    private static readonly PullFilter Posts = new() { Kinds = RecordKinds.Post };
    private static readonly PullFilter Likes = new() { Kinds = RecordKinds.Like };
    private static readonly PullFilter Both = new() { Kinds = RecordKinds.Post | RecordKinds.Like };
    private static readonly PullFilter German = new() { Languages = ["de"] };

    [Fact]
    public void What_a_filter_leaves_out_is_not_in_the_lineage_and_comes_with_the_next_pull_without_it()
    {
        var log = Begun();
        Assert.Equal(["p"], log.PullAll("d", filter: Posts).SelectMany(ids => ids));
        Assert.Equal(["de", "l"], log.PullAll("d").SelectMany(ids => ids).Order());
        Assert.Empty(log.PullAll("d"));
    }

    [Fact]
    public void A_record_that_two_filters_admit_comes_with_the_first_alone()
    {
        var log = Begun();
        Assert.Equal(["de"], log.PullAll("d", filter: German).SelectMany(ids => ids));
        Assert.Equal(["l", "p"], log.PullAll("d", filter: Both).SelectMany(ids => ids).Order());
        Assert.Empty(log.PullAll("d", filter: Likes));
        log.WithRows(Given.Posts, new Row("p2", 0), new Row("de2", 0, Language: "de"));
        Assert.Equal(["de2"], log.PullAll("d", filter: German).SelectMany(ids => ids));
        Assert.Equal(["p2"], log.PullAll("d").SelectMany(ids => ids));
    }

    [Fact]
    public void Who_consents_after_a_pull_with_a_filter_is_in_the_next_one_with_and_without_it()
    {
        var log = Begun();
        log.PullAll("d", filter: Posts);
        log.Decide(1, Given.Grant(Given.Start));
        Assert.Equal(["other"], log.PullAll("d", filter: Posts).SelectMany(ids => ids));
        Assert.Equal(["de", "l"], log.PullAll("d").SelectMany(ids => ids).Order());
    }

    [Fact]
    public void A_round_that_is_not_finished_goes_on_only_with_a_pull_that_asks_for_all_that_it_may_bring()
    {
        var log = Begun();
        var deal = log.State.Deals["d"];
        log.Do((state, _) => ReleaseRules.OpenRound(state, deal, Both));
        Assert.Null(ReleaseRules.RefuseRound(deal, Both));
        Assert.Null(ReleaseRules.RefuseRound(deal, new() { Kinds = RecordKinds.All }));
        Assert.Null(ReleaseRules.RefuseRound(deal, null));
        foreach (var other in new[] { Posts, German, new PullFilter { Kinds = Both.Kinds, CreatedFromMs = 1 } })
            Assert.Equal((RefusalReason.RoundHasOtherFilter, "filter"), (ReleaseRules.RefuseRound(deal, other)!.Reason, ReleaseRules.RefuseRound(deal, other)!.Field));
        Assert.Contains("kinds Post Like", ReleaseRules.RefuseRound(deal, Posts)!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void One_without_a_filter_that_is_not_finished_goes_on_with_none_alone()
    {
        var log = Begun();
        var deal = log.State.Deals["d"];
        log.Do((state, _) => ReleaseRules.OpenRound(state, deal));
        Assert.NotNull(ReleaseRules.RefuseRound(deal, Posts));
        Assert.Null(ReleaseRules.RefuseRound(deal, PullFilter.Everything));
    }

    [Fact]
    public void So_many_filters_are_remembered_beside_each_other_and_one_more_is_refused_until_one_holds_them()
    {
        var log = Begun().WithRows(Given.Posts, Enumerable.Range(0, ReleaseRules.FiltersMax + 1).Select(number => new Row($"n{number}", 0, RecordKind.Comment, 100 + number)));
        var deal = log.State.Deals["d"];
        for (var number = 0; number < ReleaseRules.FiltersMax; number++) Assert.Single(log.PullAll("d", filter: Moment(number)));
        var refused = log.Do((state, _) => ReleaseRules.OpenRound(state, deal, Moment(ReleaseRules.FiltersMax)));
        Assert.Equal((RefusalReason.TooManyFilters, "filter"), (refused.Refusal!.Reason, refused.Refusal.Field));
        log.WithRows(Given.Posts, new Row("again", 0, RecordKind.Comment, 100)); // one that is known already is one of them
        Assert.Equal(["again"], log.PullAll("d", filter: Moment(0)).SelectMany(ids => ids));

        Assert.Equal(["de", $"n{ReleaseRules.FiltersMax}"], log.PullAll("d", filter: new() { Kinds = RecordKinds.Comment }).SelectMany(ids => ids).Order());
        Assert.Single(deal.Covers);
        Assert.Equal(["l", "p"], log.PullAll("d").SelectMany(ids => ids).Order());

        static PullFilter Moment(int number) => new() { Kinds = RecordKinds.Comment, CreatedFromMs = 100 + number, CreatedBeforeMs = 101 + number };
    }

    [Fact]
    public void What_was_not_confirmed_is_sent_again_as_its_own_filter_had_it()
    {
        var log = Begun();
        log.PullAll("d", filter: Posts);
        log.PullAll("d");
        log.Do((state, now) => ReleaseRules.Resend(state, state.Deals["d"], 1, 1, now, out _));
        Assert.Equal(1, log.State.Deals["d"].Slice(1, 1)!.Current.Records);
    }

    /// <summary>Who consented has a post, one in German, and a like; somebody else who did not has a post.</summary>
    private static PartitionLog Begun()
    {
        var log = new PartitionLog()
            .With(new PartitionCreated("x", 0, 1))
            .WithPolicy(Given.OptIn)
            .WithUsers(2)
            .Decide(0, Given.Grant(Given.Start))
            .WithRows(Given.Posts, new Row("p", 0), new Row("l", 0, RecordKind.Like), new Row("de", 0, RecordKind.Comment, Language: "de"), new Row("other", 1));
        log.See("d", Given.Terms);
        return log;
    }
}
