using Broker.Auditor;
using Broker.Domain.Deals;

namespace Broker.EndToEnd.Audit;

public sealed class DealLifeAuditTests : AuditTest
{
    private static readonly DealProposed Proposal = new(Given.Lab, Given.Terms, "ann");

    [Fact]
    public Task A_deal_that_was_never_proposed_is_found() => FindsAsync("does not begin with the deal's proposal", _ => [new DealApproved("bob")]);

    [Fact]
    public Task A_deal_that_its_proposer_approved_is_found() => FindsAsync("was approved by ann, who proposed it", _ => [Proposal, new DealApproved("ann")]);

    [Fact]
    public Task A_deal_in_force_without_approval_is_found() => FindsAsync("cannot become active while it is proposed", _ => [Proposal, new DealActivated()]);

    [Fact]
    public Task A_deal_that_is_proposed_twice_is_found() => FindsAsync("cannot become proposed while it is active", now => [.. Active, Proposal]);

    [Fact]
    public Task An_ended_deal_that_lives_again_is_found() =>
        FindsAsync("cannot become active while it is ended", _ => [.. Active, new DealTerminated("enough", "ann"), new RevocationCompleted(4), new DealResumed("ann")]);

    [Fact]
    public Task A_deal_resumed_before_its_suspension_was_answered_is_found() =>
        FindsAsync("before every partition had answered its suspension", _ => [.. Active, new DealSuspended("why not", "ann"), new DealResumed("ann")]);

    [Fact]
    public Task A_term_that_ended_early_is_found() => FindsAsync("expired before its term was over", _ => [.. Active, new DealExpired()]);

    [Fact]
    public Task An_amendment_that_its_proposer_approved_is_found() =>
        FindsAsync("Version 2 was approved by ann, who proposed it", now => [.. Active, Amendment(now), new AmendmentApproved(2, "ann")]);

    [Fact]
    public Task An_amendment_that_was_never_proposed_is_found() =>
        FindsAsync("Version 2 was approved and never proposed", _ => [.. Active, new AmendmentApproved(2, "bob")]);

    [Fact]
    public Task An_amendment_out_of_its_turn_is_found() => FindsAsync("Version 5 was proposed where 2 is next", now => [.. Active, Amendment(now) with { Version = 5 }]);

    [Fact]
    public Task An_amendment_in_force_without_approval_is_found() =>
        FindsAsync("Version 2 came in force without approval", now => [.. Active, Amendment(now), new VersionInForce(2)]);

    [Fact]
    public Task An_amendment_in_force_before_its_time_is_found() =>
        FindsAsync("before its time", now => [.. Active, Amendment(now.AddDays(1)), new AmendmentApproved(2, "bob"), new VersionInForce(2)]);

    private static DealEvent[] Active => [Proposal, new DealApproved("bob"), new DealActivated()];

    private static AmendmentProposed Amendment(DateTimeOffset effectiveAt) => new(2, Given.PostsOnly, effectiveAt, "ann");

    // The crime is the last entry of another deal's log; without it the log is honest.
    private static Task FindsAsync(string sentence, Func<DateTimeOffset, IReadOnlyList<DealEvent>> log) => FindsAsync(
        Promise.Order,
        sentence,
        world =>
        {
            foreach (var fact in log(world.Now).SkipLast(1)) world.Write("other", fact);
        },
        world => world.Write("other", log(world.Now)[^1]));
}
