using Broker.Domain.Consents;
using Broker.Domain.Platforms;
using Broker.Domain.Tests.Generators;
using CsCheck;

namespace Broker.Domain.Tests.Consents;

public sealed class PolicyTests
{
    [Fact]
    public void A_policy_of_every_regime_is_accepted() => Assert.Null((Given.OptOut with
    {
        JurisdictionRules = [new("EU", Regime.OptIn, 0), new("CH", Regime.Excluded, 0), new("US-CA", Regime.OptOut, 3_650)],
    }).Validate(0));

    [Theory]
    [InlineData("")]
    [InlineData("no")]
    [InlineData("/settings/ai")]
    [InlineData("http://platform.example/object")]
    [InlineData("javascript:alert(1)")]
    [InlineData("file:///etc/passwd")]
    [InlineData("https:")]
    [InlineData("https://")]
    [InlineData("mailto:")]
    [InlineData("mailto:nobody")]
    public void A_policy_with_no_way_to_object_is_refused(string channel)
    {
        var refusal = (Given.OptOut with { ObjectionChannel = channel }).Validate(0);

        Assert.Equal((RefusalReason.NoWayToObject, "policy.objection_channel"), (refusal?.Reason, refusal?.Field));
    }

    [Theory]
    [InlineData("https://platform.example/settings/ai")]
    [InlineData("mailto:privacy@platform.example")]
    public void A_page_or_a_mailbox_is_a_way_to_object(string channel) =>
        Assert.Null((Given.OptOut with { ObjectionChannel = channel }).Validate(0));

    public static TheoryData<string, Policy> Wrong() => new()
    {
        { "policy.version", Given.OptIn with { Version = 2 } },
        { "policy.version", Given.OptIn with { Version = 0 } },
        { "policy.kinds", Given.OptIn with { Kinds = RecordKinds.None } },
        { "policy.kinds", Given.OptIn with { Kinds = (RecordKinds)1 } },
        { "policy.purposes", Given.OptIn with { Purposes = Purposes.None } },
        { "policy.purposes", Given.OptIn with { Purposes = (Purposes)(1 << 20) } },
        { "policy.default_rule.jurisdiction", Given.OptIn with { DefaultRule = new("EU", Regime.OptIn, 0) } },
        { "policy.jurisdiction_rules", Given.OptIn with { JurisdictionRules = [new("", Regime.OptIn, 0)] } },
        { "policy.jurisdiction_rules", Given.OptIn with { JurisdictionRules = [new("EU", Regime.OptIn, 0), new("EU", Regime.Excluded, 0)] } },
        { "policy.notice_days", Given.OptOut with { DefaultRule = new("", Regime.OptOut, 0) } },
        { "policy.notice_days", Given.OptOut with { DefaultRule = new("", Regime.OptOut, 3_651) } },
        { "policy.notice_days", Given.OptIn with { DefaultRule = new("", Regime.OptIn, 1) } },
        { "policy.notice_days", Given.OptIn with { JurisdictionRules = [new("EU", Regime.Excluded, 30)] } },
        { "policy.regime", Given.OptIn with { DefaultRule = new("", Regime.Unspecified, 0) } },
        { "policy.regime", Given.OptIn with { JurisdictionRules = [new("EU", (Regime)9, 0)] } },
    };

    [Theory, MemberData(nameof(Wrong))]
    public void A_wrong_policy_is_refused_and_the_field_is_named(string field, Policy policy)
    {
        var refusal = policy.Validate(0);

        Assert.Equal((RefusalReason.InvalidValue, field), (refusal?.Reason, refusal?.Field));
    }

    [Fact]
    public void A_jurisdiction_without_a_rule_of_its_own_has_the_default()
    {
        var policy = Given.OptOut with { JurisdictionRules = [new("EU", Regime.OptIn, 0)] };

        Assert.Equal(Regime.OptIn, policy.RuleFor("EU").Regime);
        Assert.Equal(Regime.OptOut, policy.RuleFor("eu").Regime);
        Assert.Equal(Regime.OptOut, policy.RuleFor("").Regime);
    }

    [Fact]
    public void A_policy_narrows_exactly_when_somebody_loses_what_silence_or_a_grant_gave() => Gen.Select(PolicyGen.Any, PolicyGen.Any).Sample(
        (before, next) =>
        {
            var loses = from jurisdiction in (string[])["", "EU", "FR"]
                        from kind in RecordKindSets.Each
                        from purpose in PurposeSets.Each
                        where Give(before, jurisdiction, kind, purpose) > Give(next, jurisdiction, kind, purpose)
                        select purpose;
            Assert.Equal(loses.Any(), ConsentDecisions.Narrows(before, next));
        },
        iter: 2_000);

    [Fact]
    public void The_first_policy_narrows_nothing() => Assert.False(ConsentDecisions.Narrows(null, Given.OptIn));

    /// <summary>What a policy gives: 0 nothing, 1 to those who grant, 2 to those who are silent too.</summary>
    private static int Give(Policy policy, string jurisdiction, RecordKind kind, Purpose purpose)
    {
        if (!policy.Kinds.Contains(kind) || !policy.Purposes.Contains(purpose)) return 0;
        return policy.RuleFor(jurisdiction).Regime switch { Regime.OptOut => 2, Regime.OptIn => 1, _ => 0 };
    }
}
