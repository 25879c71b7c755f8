using System.Collections.Immutable;
using Broker.Domain.Platforms;

namespace Broker.Domain.Consents;

/// <summary>A platform's policy of sharing: what may be licensed at all, and what holds for users who decided nothing.</summary>
public sealed record Policy
{
    /// <summary>Version, from 1, each one more than the last.</summary>
    public required int Version { get; init; }

    /// <summary>Kinds that may be licensed.</summary>
    public required RecordKinds Kinds { get; init; }

    /// <summary>Purposes that may be licensed.</summary>
    public required Purposes Purposes { get; init; }

    /// <summary>From when it applies, UTC. Nothing is released under it before.</summary>
    public required DateTimeOffset EffectiveAt { get; init; }

    /// <summary>The rule where no jurisdiction's own rule applies.</summary>
    public required JurisdictionRule DefaultRule { get; init; }

    /// <summary>Rules of single jurisdictions; each named once.</summary>
    public ImmutableArray<JurisdictionRule> JurisdictionRules { get; init; } = [];

    /// <summary>Where a user objects: an absolute <c>https:</c> or <c>mailto:</c> URI. A policy without one is refused.</summary>
    public required string ObjectionChannel { get; init; }

    /// <summary>The rule for users of a jurisdiction.</summary>
    public JurisdictionRule RuleFor(string jurisdiction)
    {
        foreach (var rule in JurisdictionRules)
            if (rule.Jurisdiction == jurisdiction)
                return rule;
        return DefaultRule;
    }

    /// <summary>Whether kind and purposes may be licensed under it, for users of the jurisdiction.</summary>
    public bool Allows(string jurisdiction, RecordKind kind, Purposes purposes) =>
        Kinds.Contains(kind) && (Purposes & purposes) == purposes && RuleFor(jurisdiction).Regime != Regime.Excluded;

    /// <summary>The kinds, of those given, that may be licensed under it for all of the purposes, for users of the jurisdiction.</summary>
    public RecordKinds KindsAllowed(string jurisdiction, RecordKinds kinds, Purposes purposes) =>
        (Purposes & purposes) == purposes && RuleFor(jurisdiction).Regime != Regime.Excluded ? Kinds & kinds : RecordKinds.None;

    /// <summary>Whether it lets the default of <see cref="Regime.OptOut"/> speak for users of the jurisdiction.</summary>
    public bool SpeaksFor(string jurisdiction, RecordKind kind, Purposes purposes) =>
        Allows(jurisdiction, kind, purposes) && RuleFor(jurisdiction).Regime == Regime.OptOut;

    /// <summary>Whether another policy says the same, its version included.</summary>
    public bool IsSame(Policy other) =>
        JurisdictionRules.SequenceEqual(other.JurisdictionRules) && this with { JurisdictionRules = [] } == other with { JurisdictionRules = [] };

    /// <summary>The first rule that the policy breaks, or null.</summary>
    /// <param name="previousVersion">The version before it; 0 for none.</param>
    public Refusal? Validate(int previousVersion)
    {
        if (Version != previousVersion + 1)
            return new(RefusalReason.InvalidValue, $"The policy's version must be {previousVersion + 1}.", "policy.version");
        if (Kinds == RecordKinds.None || (Kinds & ~RecordKinds.All) != 0)
            return new(RefusalReason.InvalidValue, "Name at least one known kind.", "policy.kinds");
        if (Purposes == Purposes.None || (Purposes & ~Purposes.All) != 0)
            return new(RefusalReason.InvalidValue, "Name at least one known purpose.", "policy.purposes");
        return ValidateObjection() ?? ValidateRules();
    }

    private Refusal? ValidateObjection()
    {
        // A mailto: without a mailbox parses, and reaches nobody.
        var isUsable = Uri.TryCreate(ObjectionChannel, UriKind.Absolute, out var uri)
            && uri.Host.Length > 0
            && (uri.Scheme == "https" || (uri.Scheme == "mailto" && uri.UserInfo.Length > 0));
        return isUsable
            ? null
            : new(RefusalReason.NoWayToObject, "A policy must name where users object: an https: or mailto: URI.", "policy.objection_channel");
    }

    private Refusal? ValidateRules()
    {
        var seen = new HashSet<string>(StringComparer.Ordinal) { "" };
        if (DefaultRule.Jurisdiction.Length != 0)
            return new(RefusalReason.InvalidValue, "The default rule names no jurisdiction.", "policy.default_rule.jurisdiction");
        foreach (var rule in JurisdictionRules)
            if (rule.Jurisdiction.Length > 0 && !Jurisdictions.IsCode(rule.Jurisdiction))
                return new(RefusalReason.InvalidValue, $"A jurisdiction is {Jurisdictions.Format}.", "policy.jurisdiction_rules");
            else if (!seen.Add(rule.Jurisdiction))
                return new(RefusalReason.InvalidValue, $"Jurisdiction '{rule.Jurisdiction}' is empty or named twice.", "policy.jurisdiction_rules");
        return JurisdictionRules.Prepend(DefaultRule).Select(ValidateRule).FirstOrDefault(refusal => refusal is not null);
    }

    private static Refusal? ValidateRule(JurisdictionRule rule) => rule.Regime switch
    {
        Regime.OptOut when rule.NoticeDays is < 1 or > 3650 =>
            new(RefusalReason.InvalidValue, "Under opt-out a notice runs 1 to 3,650 days.", "policy.notice_days"),
        Regime.OptIn or Regime.Excluded when rule.NoticeDays != 0 =>
            new(RefusalReason.InvalidValue, "Only opt-out has a notice period.", "policy.notice_days"),
        Regime.OptIn or Regime.OptOut or Regime.Excluded => null,
        _ => new(RefusalReason.InvalidValue, "Name a regime.", "policy.regime"),
    };
}
