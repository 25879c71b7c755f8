using Broker.Domain.Restores;

namespace Broker.Domain.Tests.Restores;

public sealed class RestoreRulesTests
{
    private static readonly LogPlace Mark = new(10, "aa", "store 1");

    [Fact]
    public void A_new_log_has_no_mark_and_nothing_is_amiss() => Assert.Null(RestoreRules.Compare(null, null, new(0, "00", "store 1"), null));

    [Theory]
    [InlineData(10)]
    [InlineData(11)]
    public void A_log_that_holds_its_mark_and_perhaps_more_is_whole(long end) =>
        Assert.Null(RestoreRules.Compare(Mark, null, new(end, "bb", "store 1"), "aa"));

    [Fact]
    public void A_log_that_ends_before_its_mark_comes_from_a_backup() => Assert.Equal(
        new RestoreGap(RestoreGapKind.Behind, Mark, new(9, "bb", "store 1")), RestoreRules.Compare(Mark, null, new(9, "bb", "store 1"), null));

    [Theory]
    [InlineData("bb")]
    [InlineData(null)]
    public void A_log_that_was_written_on_after_a_restore_holds_another_entry_at_its_mark(string? there) =>
        Assert.Equal(RestoreGapKind.OtherHistory, RestoreRules.Compare(Mark, null, new(12, "cc", "store 1"), there)?.Kind);

    [Fact]
    public void A_store_that_failed_over_may_lack_what_followed_the_mark() =>
        Assert.Equal(RestoreGapKind.OtherStore, RestoreRules.Compare(Mark, null, new(12, "cc", "store 2"), "aa")?.Kind);

    [Fact]
    public void What_an_operator_settled_is_settled_until_the_mark_or_the_store_is_another()
    {
        var end = new LogPlace(9, "bb", "store 2");
        var gap = RestoreRules.Compare(Mark, null, end, null)!;

        Assert.Null(RestoreRules.Compare(Mark, gap, end with { Position = 10 }, "dd"));
        Assert.NotNull(RestoreRules.Compare(Mark with { Position = 11 }, gap, end, null));
        Assert.NotNull(RestoreRules.Compare(Mark, gap, end with { Store = "store 3" }, null));
    }

    [Theory]
    [InlineData(RestoreGapKind.Behind, "ends at 9, and 10 was acknowledged once")]
    [InlineData(RestoreGapKind.OtherHistory, "another entry at 10")]
    [InlineData(RestoreGapKind.OtherStore, "restored or failed over")]
    public void A_held_log_says_what_is_amiss_and_what_to_run(RestoreGapKind kind, string why)
    {
        var refusal = RestoreRules.Refuse("platforms/x/deals/a", new(kind, Mark, new(9, "bb", "store 1")));

        Assert.Equal(RefusalReason.RestoreUnreconciled, refusal.Reason);
        Assert.StartsWith("platforms/x/deals/a ", refusal.Message, StringComparison.Ordinal);
        Assert.Contains(why, refusal.Message, StringComparison.Ordinal);
        Assert.Contains("broker cluster reconcile", refusal.Message, StringComparison.Ordinal);
        Assert.Equal(RefusalReason.RestoreUnreconciled, RestoreRules.RefuseUnread("platforms/x/deals/a").Reason);
    }
}
