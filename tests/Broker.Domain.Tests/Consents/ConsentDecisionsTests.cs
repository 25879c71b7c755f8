using Broker.Domain.Consents;
using Broker.Domain.Partitions;
using Broker.Domain.Platforms;
using Broker.Domain.Tests.Generators;

namespace Broker.Domain.Tests.Consents;

public sealed class ConsentDecisionsTests
{
    private readonly PartitionLog _log = new PartitionLog().WithUsers(3);

    [Fact]
    public void Nothing_is_in_force_before_the_policys_effective_date()
    {
        Announce(Given.OptIn with { EffectiveAt = Given.Start.AddDays(10) });
        Decide(0, Given.Grant(Given.Start));

        SweepAt(Given.Start.AddDays(10).AddTicks(-1));
        Assert.False(IsInForce(0));

        SweepAt(Given.Start.AddDays(10));
        Assert.True(IsInForce(0));
    }

    [Fact]
    public void Under_opt_in_silence_is_a_no()
    {
        Announce(Given.OptIn);
        SweepAt(Given.Start);
        Notify(Given.Start, 0);
        SweepAt(Given.Start.AddYears(10));

        Assert.False(IsInForce(0));
    }

    [Fact]
    public void Under_opt_out_silence_is_a_yes_only_once_the_users_own_notice_has_run()
    {
        Announce(Given.OptOut);
        SweepAt(Given.Start);
        _log.Now = Given.Start.AddDays(5);
        Notify(Given.Start.AddDays(3), 0);

        SweepAt(Given.Start.AddDays(33).AddTicks(-1));
        Assert.False(IsInForce(0));

        SweepAt(Given.Start.AddDays(33));
        Assert.True(IsInForce(0));
        Assert.False(IsInForce(1), "who was never told is never presumed to agree");
    }

    [Fact]
    public void A_notice_that_has_run_waits_for_the_effective_date()
    {
        Announce(Given.OptOut with { EffectiveAt = Given.Start.AddDays(60) });
        Notify(Given.Start, 0);

        SweepAt(Given.Start.AddDays(31));
        Assert.False(IsInForce(0));

        SweepAt(Given.Start.AddDays(60));
        Assert.True(IsInForce(0));
    }

    [Fact]
    public void Where_users_are_excluded_not_even_a_grant_counts()
    {
        Announce(Given.OptOut with { JurisdictionRules = [new("EU", Regime.Excluded, 0)] });
        SweepAt(Given.Start);
        Do((state, now) => ConsentDecisions.GiveNotices(state, [new UserNotice(0, null, "EU")], now));
        Decide(0, Given.Grant(Given.Start));

        Assert.False(IsInForce(0));
    }

    [Fact]
    public void A_notice_runs_as_long_as_the_users_own_jurisdiction_asks()
    {
        Announce(Given.OptOut with { JurisdictionRules = [new("US", Regime.OptOut, 90)] });
        SweepAt(Given.Start);
        Do((state, now) => ConsentDecisions.GiveNotices(state, [new UserNotice(0, Given.Start, "US"), new UserNotice(1, Given.Start, null)], now));

        SweepAt(Given.Start.AddDays(89));
        Assert.False(IsInForce(0));
        Assert.True(IsInForce(1));

        SweepAt(Given.Start.AddDays(90));
        Assert.True(IsInForce(0));
    }

    [Fact]
    public void A_notice_runs_as_long_as_the_jurisdiction_asks_that_came_with_another_row_of_the_same_batch()
    {
        Announce(Given.OptOut with { JurisdictionRules = [new("US", Regime.OptOut, 90)] });
        SweepAt(Given.Start);
        Do((state, now) => ConsentDecisions.GiveNotices(state, [new UserNotice(0, null, null), new UserNotice(0, null, "US"), new UserNotice(0, Given.Start, null)], now));

        Assert.Equal("US", _log.State.Consents.JurisdictionOf(0, long.MaxValue));
        Assert.Equal(Given.Start.AddDays(90), Assert.Single(_log.State.Consents.PendingNotices).DueAt);
    }

    [Fact]
    public void A_policy_that_widens_starts_a_new_notice_for_what_it_adds_and_keeps_the_rest()
    {
        Announce(Given.OptOut with { Kinds = RecordKinds.Post });
        SweepAt(Given.Start);
        Notify(Given.Start, 0);
        SweepAt(Given.Start.AddDays(30));
        Announce(Given.OptOut with { Version = 2, EffectiveAt = _log.Now });
        SweepAt(_log.Now);

        Assert.True(IsInForce(0));
        Assert.False(IsInForce(0, RecordKind.Like));

        Notify(_log.Now, 0);
        SweepAt(_log.Now.AddDays(30));
        Assert.True(IsInForce(0, RecordKind.Like));
    }

    [Fact]
    public void What_a_policy_took_away_does_not_come_back_by_a_later_one_without_a_new_notice()
    {
        Announce(Given.OptOut);
        SweepAt(Given.Start);
        Notify(Given.Start, 0);
        SweepAt(Given.Start.AddDays(30));
        Announce(Given.OptOut with { Version = 2, Kinds = RecordKinds.Like });
        SweepAt(_log.Now);
        Announce(Given.OptOut with { Version = 3 });
        SweepAt(_log.Now);

        Assert.False(IsInForce(0));
        Assert.True(IsInForce(0, RecordKind.Like));
    }

    [Fact]
    public void Who_was_told_already_is_not_told_again()
    {
        Announce(Given.OptOut);
        Notify(Given.Start, 0, 1);

        var again = Do((state, now) => ConsentDecisions.GiveNotices(
            state, [new UserNotice(0, Given.Start, null), new UserNotice(2, Given.Start, null), new UserNotice(2, Given.Start, null)], now));

        Assert.Equal([new UserRun(2, 2)], Assert.IsType<NoticesGiven>(Assert.Single(again.Events)).Users.ToArray());
    }

    [Fact]
    public void Neighbours_who_are_told_alike_share_one_notice()
    {
        Announce(Given.OptOut);
        var told = Do((state, now) => ConsentDecisions.GiveNotices(
            state, [new UserNotice(2, Given.Start, null), new UserNotice(0, Given.Start, null), new UserNotice(1, Given.Start, null)], now));

        Assert.Equal([new UserRun(0, 2)], Assert.IsType<NoticesGiven>(Assert.Single(told.Events)).Users.ToArray());
    }

    [Fact]
    public void A_notice_before_any_policy_is_refused() =>
        Assert.Equal(RefusalReason.NoPolicyInForce, Do((state, now) => ConsentDecisions.GiveNotices(state, [new UserNotice(0, now, null)], now)).Refusal?.Reason);

    [Fact]
    public void A_notice_of_the_future_is_refused()
    {
        Announce(Given.OptOut);
        var refusal = Do((state, now) => ConsentDecisions.GiveNotices(state, [new UserNotice(0, now.AddMinutes(1).AddTicks(1), null)], now)).Refusal;

        Assert.Equal((RefusalReason.InvalidValue, "notified_at"), (refusal?.Reason, refusal?.Field));
    }

    [Fact]
    public void A_decision_of_the_future_is_refused_since_it_would_outlive_todays_withdrawal()
    {
        var refusal = Decide(0, Given.Grant(_log.Now.AddMinutes(1).AddTicks(1))).Refusal;

        Assert.Equal((RefusalReason.InvalidValue, "made_at"), (refusal?.Reason, refusal?.Field));
        Assert.Null(Decide(0, Given.Grant(_log.Now.AddMinutes(1))).Refusal);
    }

    public static TheoryData<string, ConsentDecision> Wrong() => new()
    {
        { "purposes", Given.Grant(Given.Start) with { Purposes = Purposes.None } },
        { "purposes", Given.Grant(Given.Start) with { Purposes = (Purposes)1 } },
        { "kinds", Given.Grant(Given.Start) with { Kinds = RecordKinds.None } },
        { "kinds", Given.Grant(Given.Start) with { Kinds = (RecordKinds)(1 << 9) } },
        { "decision", Given.Grant(Given.Start) with { Choice = ConsentChoice.Unspecified } },
        { "source", Given.Grant(Given.Start) with { Source = ConsentSource.Unspecified } },
        { "source", Given.Grant(Given.Start) with { Source = (ConsentSource)77 } },
    };

    [Theory, MemberData(nameof(Wrong))]
    public void A_wrong_decision_is_refused_and_the_field_is_named(string field, ConsentDecision decision)
    {
        var refusal = Decide(0, decision).Refusal;

        Assert.Equal((RefusalReason.InvalidValue, field), (refusal?.Reason, refusal?.Field));
    }

    [Fact]
    public void A_decision_that_comes_again_changes_nothing()
    {
        Assert.Single(Decide(0, Given.Grant(Given.Start)).Events);
        Assert.Empty(Decide(0, Given.Grant(Given.Start)).Events);
        Assert.Single(Decide(0, Given.Grant(Given.Start.AddTicks(1))).Events);
    }

    [Fact]
    public void A_policy_is_announced_once_and_versions_follow_each_other()
    {
        Assert.Single(Announce(Given.OptIn).Events);
        Assert.Empty(Announce(Given.OptIn).Events);
        Assert.Equal("policy.version", Announce(Given.OptIn with { Version = 3 }).Refusal?.Field);
    }

    [Fact]
    public void A_sweep_makes_entries_of_what_is_due_and_the_next_one_finds_nothing()
    {
        Announce(Given.OptOut);
        Announce(Given.OptOut with { Version = 2, EffectiveAt = Given.Start.AddDays(1) });
        Notify(Given.Start, 0);
        Notify(Given.Start, 1);
        _log.Now = Given.Start.AddDays(40);

        Assert.Equal(new PolicyInForce(1), Assert.Single(Sweep().Events));
        Assert.Equal(new PolicyInForce(2), Assert.Single(Sweep().Events));
        Assert.Equal([0, 1], Sweep().Events.Cast<NoticeRun>().Select(ran => ran.Users[0].First));
        Assert.Empty(Sweep().Events);
        Assert.Empty(_log.State.Consents.PendingNotices);
    }

    [Fact]
    public void A_policy_that_a_newer_one_overtook_never_comes_in_force()
    {
        Announce(Given.OptOut with { EffectiveAt = Given.Start.AddDays(9) });
        Announce(Given.OptIn with { Version = 2, EffectiveAt = Given.Start.AddDays(1) });
        SweepAt(Given.Start.AddDays(1));
        SweepAt(Given.Start.AddDays(10));

        Assert.Equal([2], _log.State.Consents.Policies.InForce.Select(entry => entry.Policy.Version));
    }

    [Fact]
    public void Somebody_who_was_erased_is_told_of_nothing()
    {
        Announce(Given.OptOut);
        _log.Append(new UserErased(0, [1]));
        Notify(Given.Start, 0);

        Assert.Empty(_log.State.Consents.PendingNotices);
    }

    private Decision<PartitionEvent> Do(Func<PartitionState, DateTimeOffset, Decision<PartitionEvent>> decide) => _log.Do(decide);

    private Decision<PartitionEvent> Announce(Policy policy) => Do((state, now) => ConsentDecisions.Announce(state, policy, now));

    private Decision<PartitionEvent> Decide(int user, ConsentDecision decision) => Do((state, now) => ConsentDecisions.Decide(state, user, decision, now));

    private void Notify(DateTimeOffset at, params IEnumerable<int> users) => Assert.Null(
        Do((state, now) => ConsentDecisions.GiveNotices(state, [.. users.Select(user => new UserNotice(user, at, null))], now)).Refusal);

    private Decision<PartitionEvent> Sweep() => Do(ConsentDecisions.Sweep);

    private void SweepAt(DateTimeOffset now)
    {
        _log.Now = now;
        while (!Sweep().Events.IsEmpty) { }
    }

    [Fact]
    public void A_decision_without_a_date_is_the_users_newest_whatever_clocks_dated_the_others()
    {
        Announce(Given.OptIn);
        SweepAt(Given.Start);
        Decide(0, Given.Grant(_log.Now.AddSeconds(30))); // by a clock that is ahead
        DecideNow(Given.Withdrawal(default));
        Assert.False(IsInForce(0));
        DecideNow(Given.Grant(default));
        Assert.True(IsInForce(0));
        DecideNow(Given.Withdrawal(default));
        Assert.False(IsInForce(0));

        void DecideNow(ConsentDecision decision) => Assert.Null(_log.Do((state, now) => ConsentDecisions.DecideNow(state, 0, decision, now)).Refusal);
    }

    private bool IsInForce(int user, RecordKind kind = RecordKind.Post) =>
        _log.State.Consents.Since(user, kind, Given.Training, Given.Acme, _log.State.Position) is not null;
}
