using Broker.Domain.Platforms;

namespace Broker.Domain.Consents;

/// <summary>What one user's consent rests on, each fact with the position since which it stands: so that what was in
/// force at any past position can be told.</summary>
internal sealed class UserConsent
{
    private readonly List<(long Position, string Jurisdiction)> _jurisdictions = [];
    private readonly List<(long Position, int Version)> _notices = [];
    private readonly List<(long Position, ConsentDecision Decision)> _decisions = [];

    public IReadOnlyList<(long Position, ConsentDecision Decision)> Decisions => _decisions;

    public IReadOnlyList<(long Position, int Version)> Notices => _notices;

    public IReadOnlyList<(long Position, string Jurisdiction)> Jurisdictions => _jurisdictions;

    public void Add(long position, string jurisdiction) => _jurisdictions.Add((position, jurisdiction));

    public void Add(long position, int noticeVersion) => _notices.Add((position, noticeVersion));

    public void Add(long position, ConsentDecision decision) => _decisions.Add((position, decision));

    public UserConsent Copy()
    {
        var copy = new UserConsent();
        copy._jurisdictions.AddRange(_jurisdictions);
        copy._notices.AddRange(_notices);
        copy._decisions.AddRange(_decisions);
        return copy;
    }

    public string JurisdictionAt(long position) => _jurisdictions.FindLast(fact => fact.Position <= position).Jurisdiction ?? "";

    /// <summary>Since when consent has been in force without a break, up to <paramref name="at"/>; null when it is not.</summary>
    public long? Since(PolicyHistory policies, RecordKind kind, Purposes purposes, string partner, long at)
    {
        if (!InForceAt(policies, kind, purposes, partner, at)) return null;
        long? since = null;
        foreach (var point in ChangePoints(policies, at))
        {
            if (!InForceAt(policies, kind, purposes, partner, point)) break;
            since = point;
        }

        return since;
    }

    private IEnumerable<long> ChangePoints(PolicyHistory policies, long at) =>
        policies.InForce.Select(entry => entry.Position)
            .Concat(_jurisdictions.Select(fact => fact.Position))
            .Concat(_notices.Select(fact => fact.Position))
            .Concat(_decisions.Select(fact => fact.Position))
            .Where(position => position <= at)
            .OrderDescending()
            .Distinct();

    private bool InForceAt(PolicyHistory policies, RecordKind kind, Purposes purposes, string partner, long at)
    {
        var jurisdiction = JurisdictionAt(at);
        if (policies.At(at) is not { } policy || !policy.Allows(jurisdiction, kind, purposes)) return false;
        foreach (var purpose in purposes.Members())
            if (!(SaysAt(purpose, kind, partner, at) ?? IsDefaultAt(policies, jurisdiction, kind, purpose, at)))
                return false;
        return true;
    }

    private bool? SaysAt(Purpose purpose, RecordKind kind, string partner, long at) =>
        ConsentRules.Says(_decisions.TakeWhile(fact => fact.Position <= at).Select(fact => fact.Decision), purpose, kind, partner);

    private bool IsDefaultAt(PolicyHistory policies, string jurisdiction, RecordKind kind, Purpose purpose, long at) =>
        _notices.Exists(notice => notice.Position <= at
            && policies.DefaultSince(jurisdiction, kind, purpose.ToSet(), notice.Version, at) is not null);
}
