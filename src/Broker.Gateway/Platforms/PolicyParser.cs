using Broker.Domain.Consents;
using Broker.Gateway.Parsing;
using Broker.Protos.V1;
using JurisdictionRule = Broker.Domain.Consents.JurisdictionRule;
using Policy = Broker.Domain.Consents.Policy;

namespace Broker.Gateway.Platforms;

/// <summary>Reads a policy; what it may say is the rules' business.</summary>
internal static class PolicyParser
{
    private const int RulesMax = 300;
    private const int ChannelMax = 2_000;

    public static (string Platform, Policy Policy) Parse(SetPolicyRequest request)
    {
        var fields = new RequestFields();
        var platform = fields.Platform("platform", request.Platform);
        fields.RequestId(request.RequestId);
        var policy = Policy(fields, request.Policy ?? new Protos.V1.Policy());
        fields.ThrowIfAnyIsWrong();
        return (platform, policy);
    }

    private static Policy Policy(RequestFields fields, Protos.V1.Policy policy)
    {
        if (policy.ObjectionChannel.Length > ChannelMax) fields.Refuse("policy.objection_channel", $"At most {ChannelMax} characters.");
        if (policy.JurisdictionRules.Count > RulesMax) fields.Refuse("policy.jurisdiction_rules", $"At most {RulesMax}.");
        return new Policy
        {
            Version = (int)fields.InRange("policy.version", policy.Version, 0, int.MaxValue),
            Kinds = fields.Kinds("policy.kinds", policy.Kinds),
            Purposes = fields.Purposes("policy.purposes", policy.Purposes),
            EffectiveAt = fields.Time("policy.effective_time", policy.EffectiveTime),
            DefaultRule = Rule(fields, "policy.default_rule", policy.DefaultRule ?? new Protos.V1.JurisdictionRule()),
            JurisdictionRules = [.. policy.JurisdictionRules.Select((rule, index) => Rule(fields, $"policy.jurisdiction_rules[{index}]", rule))],
            ObjectionChannel = policy.ObjectionChannel,
        };
    }

    private static JurisdictionRule Rule(RequestFields fields, string field, Protos.V1.JurisdictionRule rule)
    {
        fields.Defined($"{field}.regime", rule.Regime);
        if (rule.Jurisdiction.Length > 0 && !Jurisdictions.IsCode(rule.Jurisdiction)) fields.Refuse($"{field}.jurisdiction", $"{Jurisdictions.Format}.");
        return new JurisdictionRule(rule.Jurisdiction, (Domain.Consents.Regime)rule.Regime, rule.NoticeDays);
    }
}
