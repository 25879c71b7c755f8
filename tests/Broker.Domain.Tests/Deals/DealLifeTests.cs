using Broker.Domain.Deals;
using Broker.Domain.Tests.Generators;
using CsCheck;

namespace Broker.Domain.Tests.Deals;

public sealed class DealLifeTests
{
    private static readonly ContractTerms Later = Given.Terms with { TermStart = Given.Start.AddDays(10) };

    private static readonly Dictionary<string, Func<DealState, DateTimeOffset, Decision<DealEvent>>> Commands = new()
    {
        ["propose"] = (state, now) => DealRules.Propose(state, Given.Acme, Later, "ann", now),
        ["approve"] = (state, now) => DealRules.Approve(state, "bob", now),
        ["amend"] = (state, now) => DealRules.Amend(state, Later, now.AddDays(20), "ann", now),
        ["approve amendment"] = (state, now) => DealRules.ApproveAmendment(state, 2, "bob", now),
        ["suspend"] = (state, _) => DealRules.Suspend(state, "why", "ann"),
        ["resume"] = (state, _) => DealRules.Resume(state, "ann"),
        ["terminate"] = (state, _) => DealRules.Terminate(state, "why", "ann"),
        ["reserve"] = (state, now) => DealRules.Reserve(state, "1/0/1/1@1", 1, new(1, 1, 0, 0), new(1, 1, 0, 0), now),
    };

    /// <summary>DESIGN §6: where a deal may go from where it is. "same" changes nothing; everything that is not named is refused.</summary>
    private static readonly Dictionary<DealLife, Dictionary<string, string>> Allowed = new()
    {
        [DealLife.None] = new() { ["propose"] = "Proposed" },
        [DealLife.Proposed] = new() { ["approve"] = "Approved", ["terminate"] = "Terminated" },
        [DealLife.Approved] = new() { ["amend"] = "Approved", ["approve amendment"] = "Approved", ["terminate"] = "Terminated" },
        [DealLife.Active] = new()
        {
            ["amend"] = "Active", ["approve amendment"] = "Active", ["suspend"] = "Suspended", ["resume"] = "same", ["terminate"] = "Terminated", ["reserve"] = "Active",
        },
        [DealLife.Suspended] = new()
        {
            ["amend"] = "Suspended", ["approve amendment"] = "Suspended", ["suspend"] = "same", ["resume"] = "Active", ["terminate"] = "Terminated",
        },
        [DealLife.Expired] = [],
        [DealLife.Terminated] = new() { ["terminate"] = "same" },
    };

    public static TheoryData<DealLife, string> EveryPair()
    {
        var pairs = new TheoryData<DealLife, string>();
        foreach (var life in Enum.GetValues<DealLife>())
            foreach (var command in Commands.Keys)
                pairs.Add(life, command);
        return pairs;
    }

    [Theory, MemberData(nameof(EveryPair))]
    public void Only_the_steps_of_a_deals_life_are_allowed(DealLife life, string command)
    {
        var log = At(life, command == "approve amendment");
        var decision = log.Do(Commands[command]);

        if (!Allowed[life].TryGetValue(command, out var next))
        {
            Assert.NotNull(decision.Refusal);
            Assert.Contains(decision.Refusal.Reason, (RefusalReason[])[RefusalReason.WrongState, RefusalReason.DealNotActive, RefusalReason.NotFound, RefusalReason.AlreadyExists]);
            Assert.Equal(life, log.State.Life);
            return;
        }

        Assert.Null(decision.Refusal);
        Assert.Equal(next == "same", decision.Events.IsEmpty);
        Assert.Equal(next == "same" ? life : Enum.Parse<DealLife>(next), log.State.Life);
    }

    [Fact]
    public void Whoever_proposed_may_not_approve()
    {
        var log = At(DealLife.Proposed);

        Assert.Equal(RefusalReason.FourEyes, log.Do((state, now) => DealRules.Approve(state, "ann", now)).Refusal?.Reason);
        Assert.Equal(DealLife.Proposed, log.State.Life);
    }

    [Fact]
    public void Whoever_proposed_an_amendment_may_not_approve_it_though_they_approved_the_deal()
    {
        var log = DealLog.Active(Given.Terms);
        log.Do((state, now) => DealRules.Amend(state, Given.Terms, now, "bob", now));

        Assert.Equal(RefusalReason.FourEyes, log.Do((state, now) => DealRules.ApproveAmendment(state, 2, "bob", now)).Refusal?.Reason);
        Assert.Null(log.Do((state, now) => DealRules.ApproveAmendment(state, 2, "ann", now)).Refusal);
    }

    [Fact]
    public void A_deal_is_active_from_its_terms_start_to_its_end()
    {
        var log = At(DealLife.Approved);
        Assert.Equal(RefusalReason.DealNotActive, DealRules.NotActive(log.State, log.Now)?.Reason);

        log.Now = Later.TermStart.AddTicks(-1);
        Assert.Empty(log.Do(DealRules.Sweep).Events);
        log.Now = Later.TermStart;
        Assert.Equal([new DealActivated()], log.Do(DealRules.Sweep).Events.ToArray());
        Assert.Null(DealRules.NotActive(log.State, Later.TermEnd.AddTicks(-1)));

        Assert.Equal(RefusalReason.DealNotActive, DealRules.NotActive(log.State, Later.TermEnd)?.Reason);
        log.Now = Later.TermEnd;
        Assert.Equal([new DealExpired()], log.Do(DealRules.Sweep).Events.ToArray());
        Assert.Empty(log.Do(DealRules.Sweep).Events);
    }

    [Fact]
    public void A_deal_approved_within_its_term_is_active_at_once() => Assert.Equal(DealLife.Active, DealLog.Active(Given.Terms).State.Life);

    [Fact]
    public void A_deal_whose_term_is_over_cannot_be_approved()
    {
        var log = At(DealLife.Proposed);
        log.Now = Later.TermEnd;

        Assert.Equal(RefusalReason.WrongState, log.Do((state, now) => DealRules.Approve(state, "bob", now)).Refusal?.Reason);
    }

    [Fact]
    public void A_proposal_that_nobody_approved_expires_with_its_term()
    {
        var log = At(DealLife.Proposed);
        log.Now = Later.TermEnd;
        log.Sweep();

        Assert.Equal(DealLife.Expired, log.State.Life);
    }

    [Fact]
    public void A_suspension_says_why_until_it_is_over()
    {
        var log = At(DealLife.Suspended);
        Assert.Contains("why", DealRules.NotActive(log.State, log.Now)?.Message, StringComparison.Ordinal);

        log.Do((state, _) => DealRules.Resume(state, "ann"));
        Assert.Equal("", log.State.LifeReason);
    }

    [Fact]
    public void A_suspended_deal_resumes_only_once_every_partition_has_answered()
    {
        var log = DealLog.Active(Given.Terms);
        log.Do((state, _) => DealRules.Suspend(state, "why", "ann"));

        Assert.Equal(RefusalReason.WrongState, log.Do((state, _) => DealRules.Resume(state, "ann")).Refusal?.Reason);
        Assert.Empty(log.Do((state, _) => DealRules.CompleteRevocation(state, 1)).Events);
        log.Do((state, _) => DealRules.CompleteRevocation(state, state.Revocation!.Position));
        Assert.Null(log.Do((state, _) => DealRules.Resume(state, "ann")).Refusal);
    }

    [Fact]
    public void No_sequence_of_commands_leaves_the_deals_life() =>
        Gen.Select(Gen.OneOf(Commands.Keys.ToArray()), Gen.Int[0, 20]).Array[0, 25].Sample(steps =>
        {
            var log = new DealLog();
            foreach (var (command, days) in steps)
            {
                log.Now = log.Now.AddDays(days);
                log.Sweep();
                var before = log.State.Life;
                log.Do(Commands[command]);
                if (log.State.Revocation is { } order) log.Do((state, _) => DealRules.CompleteRevocation(state, order.Position));
                Assert.Contains((before, log.State.Life), Steps());
            }

            Assert.Equal(Describe(log.State), Describe(log.Replay()));
        });

    private static HashSet<(DealLife From, DealLife To)> Steps()
    {
        var steps = Enum.GetValues<DealLife>().Select(life => (life, life)).ToHashSet();
        steps.UnionWith([
            (DealLife.None, DealLife.Proposed), (DealLife.Proposed, DealLife.Approved), (DealLife.Proposed, DealLife.Active),
            (DealLife.Active, DealLife.Suspended), (DealLife.Suspended, DealLife.Active)]);
        foreach (var life in (DealLife[])[DealLife.Proposed, DealLife.Approved, DealLife.Active, DealLife.Suspended]) steps.Add((life, DealLife.Terminated));
        return steps;
    }

    private static string Describe(DealState state) =>
        $"{state.Life} {state.LifeReason} {state.InForce} {state.Position} {state.Revocation} {string.Join(',', state.Versions.Select(version => (version.Version, version.EffectiveAt, version.ApprovedBy)))}";

    private static DealLog At(DealLife life, bool isAmended = false)
    {
        var log = new DealLog();
        if (life == DealLife.None) return log;
        log.Do(Commands["propose"]);
        if (life == DealLife.Proposed) return log;
        log.Do(Commands["approve"]);
        if (isAmended) log.Do(Commands["amend"]);
        if (life == DealLife.Approved) return log;
        log.Now = life == DealLife.Expired ? Later.TermEnd : Later.TermStart;
        log.Sweep();
        if (life == DealLife.Suspended) log.Do(Commands["suspend"]);
        if (life == DealLife.Terminated) log.Do(Commands["terminate"]);
        if (log.State.Revocation is { } order) log.Do((state, _) => DealRules.CompleteRevocation(state, order.Position));
        Assert.Equal(life, log.State.Life);
        return log;
    }
}
