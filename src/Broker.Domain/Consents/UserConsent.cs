using System.Collections.Immutable;
using Broker.Domain.Platforms;

namespace Broker.Domain.Consents;

/// <summary>What one user's consent rests on, each fact with the position since which it stands: so that what was in
/// force at any past position can be told.</summary>
/// <remarks>Kept in arrays that never change: a snapshot shares them. A history is short, so that adding to it may copy it.</remarks>
internal sealed class UserConsent
{
    private ImmutableArray<(long Position, string Jurisdiction)> _jurisdictions = [];
    private ImmutableArray<(long Position, int Version)> _notices = [];
    private ImmutableArray<(long Position, ConsentDecision Decision)> _decisions = [];

    public IReadOnlyList<(long Position, ConsentDecision Decision)> Decisions => _decisions;

    public IReadOnlyList<(long Position, int Version)> Notices => _notices;

    public IReadOnlyList<(long Position, string Jurisdiction)> Jurisdictions => _jurisdictions;

    public void Add(long position, string jurisdiction) => _jurisdictions = _jurisdictions.Add((position, jurisdiction));

    public void Add(long position, int noticeVersion) => _notices = _notices.Add((position, noticeVersion));

    public void Add(long position, ConsentDecision decision) => _decisions = _decisions.Add((position, decision));

    public UserConsent Copy() => new() { _jurisdictions = _jurisdictions, _notices = _notices, _decisions = _decisions };

    public UserHistory Freeze(int user) => new(user, _jurisdictions, _notices, _decisions);

    public static UserConsent Restore(UserHistory history) =>
        new() { _jurisdictions = history.Jurisdictions, _notices = history.Notices, _decisions = history.Decisions };

    public string JurisdictionAt(long position) => _jurisdictions.LastOrDefault(fact => fact.Position <= position).Jurisdiction ?? "";

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
        _notices.Any(notice => notice.Position <= at
            && policies.DefaultSince(jurisdiction, kind, purpose.ToSet(), notice.Version, at) is not null);
}
