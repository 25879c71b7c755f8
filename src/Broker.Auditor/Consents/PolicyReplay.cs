using Broker.Protos.Log.V1;

namespace Broker.Auditor.Consents;

/// <summary>The policies of one partition's log: announced, and in force since a position.</summary>
internal sealed class PolicyReplay
{
    private readonly List<Policy> _announced = [];
    private readonly List<(long Position, Policy Policy)> _entered = [];

    public int AnnouncedCount => _announced.Count;

    /// <summary>Where policies came in force, oldest first.</summary>
    public IEnumerable<long> Positions => _entered.Select(entry => entry.Position);

    public Policy? Announced(int version) => version >= 1 && version <= _announced.Count ? _announced[version - 1] : null;

    public void Announce(Policy policy) => _announced.Add(policy);

    public void Enter(long position, Policy policy) => _entered.Add((position, policy));

    public Policy? At(long position) => _entered.FindLast(entry => entry.Position <= position).Policy;

    /// <summary>How many policies had come in force by a position.</summary>
    public int CountAt(long position) => _entered.FindLastIndex(entry => entry.Position <= position) + 1;

    public static JurisdictionRule RuleFor(Policy policy, string jurisdiction) =>
        policy.JurisdictionRules.FirstOrDefault(rule => rule.Jurisdiction == jurisdiction) ?? policy.DefaultRule;

    /// <summary>Whether kind and all the purposes may be licensed.</summary>
    public static bool Allows(Policy policy, string jurisdiction, int kind, uint purposes) =>
        Masks.Has(policy.Kinds, kind) && (policy.Purposes & purposes) == purposes && RuleFor(policy, jurisdiction).Regime != Regime.Excluded;

    /// <summary>Whether silence means yes, once a notice has run.</summary>
    public static bool Presumes(Policy policy, string jurisdiction, int kind, uint purposes) =>
        Allows(policy, jurisdiction, kind, purposes) && RuleFor(policy, jurisdiction).Regime == Regime.OptOut;

    /// <summary>Whether a notice of a policy still carries the default at a position: that policy presumed it, and so did each one in force since.</summary>
    public bool Carries(int noticeVersion, long position, string jurisdiction, int kind, uint purpose)
    {
        if (At(position) is not { } now || now.Version < noticeVersion) return false;
        if (Announced(noticeVersion) is not { } told || !Presumes(told, jurisdiction, kind, purpose)) return false;
        return _entered.TrueForAll(entry =>
            entry.Position > position || entry.Policy.Version < noticeVersion || Presumes(entry.Policy, jurisdiction, kind, purpose));
    }

    /// <summary>Whether a policy takes anything away that the one before it gave.</summary>
    public static bool Narrows(Policy before, Policy next)
    {
        var jurisdictions = before.JurisdictionRules.Concat(next.JurisdictionRules).Select(rule => rule.Jurisdiction).Append("").Distinct();
        return jurisdictions.Any(jurisdiction => Masks.Members(before.Kinds).Any(kind => Masks.Members(before.Purposes).Any(purpose =>
            (Allows(before, jurisdiction, kind, 1u << purpose) && !Allows(next, jurisdiction, kind, 1u << purpose))
            || (Presumes(before, jurisdiction, kind, 1u << purpose) && !Presumes(next, jurisdiction, kind, 1u << purpose)))));
    }
}
