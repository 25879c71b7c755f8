using Broker.Domain.Consents;
using Broker.Domain.Partitions;
using Broker.Domain.Tests.Generators;

namespace Broker.Domain.Tests.Consents;

public sealed class AnnouncementTests
{
    [Fact]
    public void A_policy_that_is_announced_again_changes_nothing_and_another_one_under_its_version_is_refused()
    {
        var state = new PartitionState();
        state.Apply(1, Given.Start, new PolicyAnnounced(Given.OptIn));

        Assert.Equal(Decision<PartitionEvent>.Nothing, ConsentDecisions.Announce(state, Given.OptIn with { JurisdictionRules = [] }, Given.Start));
        var other = ConsentDecisions.Announce(state, Given.OptOut, Given.Start);
        Assert.Equal((RefusalReason.AlreadyExists, "policy.version"), (other.Refusal!.Reason, other.Refusal.Field));
        Assert.Single(ConsentDecisions.Announce(state, Given.OptOut with { Version = 2 }, Given.Start).Events);
    }

    [Theory]
    [InlineData("de")]
    [InlineData("DE ")]
    [InlineData("D\u00cb")]
    public void A_jurisdiction_that_no_policy_could_name_is_refused_for_users_and_policies_alike(string wrong)
    {
        var state = new PartitionState();
        state.Apply(1, Given.Start, new PolicyAnnounced(Given.OptOut));
        state.Apply(2, Given.Start, new UserAdded(0, [], ""));
        var refused = ConsentDecisions.GiveNotices(state, [new UserNotice(0, Given.Start, wrong)], Given.Start);
        Assert.Equal((RefusalReason.InvalidValue, "jurisdiction"), (refused.Refusal!.Reason, refused.Refusal.Field));
        Assert.Equal("policy.jurisdiction_rules", (Given.OptOut with { JurisdictionRules = [new JurisdictionRule(wrong, Regime.Excluded, 0)] }).Validate(0)!.Field);
    }
}
