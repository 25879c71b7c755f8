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
    private PlainConsent? _plain; // read out of the others when it is asked for
    private long _youngest;

    public IReadOnlyList<(long Position, ConsentDecision Decision)> Decisions => _decisions;

    public IReadOnlyList<(long Position, int Version)> Notices => _notices;

    public IReadOnlyList<(long Position, string Jurisdiction)> Jurisdictions => _jurisdictions;

    public void Add(long position, string jurisdiction) => (_jurisdictions, _plain) = (_jurisdictions.Add((position, jurisdiction)), null);

    public void Add(long position, int noticeVersion) => (_notices, _plain) = (_notices.Add((position, noticeVersion)), null);

    public void Add(long position, ConsentDecision decision) => (_decisions, _plain) = (_decisions.Add((position, decision)), null);

    public bool Holds(ConsentDecision decision)
    {
        foreach (var (_, known) in _decisions)
            if (known == decision)
                return true;
        return false;
    }

    public UserConsent Copy() => new() { _jurisdictions = _jurisdictions, _notices = _notices, _decisions = _decisions };

    public UserHistory Freeze(int user) => new(user, _jurisdictions, _notices, _decisions);

    public static UserConsent Restore(UserHistory history) =>
        new() { _jurisdictions = history.Jurisdictions, _notices = history.Notices, _decisions = history.Decisions };

    public string JurisdictionAt(long position)
    {
        for (var index = _jurisdictions.Length - 1; index >= 0; index--)
            if (_jurisdictions[index].Position <= position)
                return _jurisdictions[index].Jurisdiction;
        return "";
    }

    // Asked for each user of a slice: nothing here allocates.

    /// <summary>What it is where it is plain and nothing of it is younger than a position; else null. One object for all of a book who have the same.</summary>
    public PlainConsent? PlainUpTo(long position, ConsentBook book)
    {
        if (_plain is null) (_plain, _youngest) = ReadPlain(book);
        return _youngest <= position ? _plain : null;
    }

    private (PlainConsent Plain, long Youngest) ReadPlain(ConsentBook book)
    {
        if (_jurisdictions.Length != 1 || _decisions.Length != 1 || _notices.Length > 1) return (PlainConsent.None, long.MaxValue);
        var ((moved, jurisdiction), (decided, decision)) = (_jurisdictions[0], _decisions[0]);
        var (noticed, version) = _notices.IsEmpty ? default : _notices[0];
        return (book.Shared(new PlainConsent(decision.Choice, decision.Purposes, decision.Kinds, version, jurisdiction, decision.Partner)), Math.Max(moved, Math.Max(decided, noticed)));
    }

    /// <summary>The kinds of which consent has been in force without a break since <paramref name="since"/> or before, up to <paramref name="at"/>.</summary>
    public RecordKinds KindsSince(PolicyHistory policies, RecordKinds kinds, Purposes purposes, string partner, long since, long at)
    {
        var inForce = KindsInForceAt(policies, kinds, purposes, partner, at);
        // Between two changes nothing differs: after each change behind that position, what was in force right before it counts.
        for (var point = LastChange(policies, at); inForce != RecordKinds.None && point > since; point = LastChange(policies, point.Value - 1))
            inForce = KindsInForceAt(policies, inForce, purposes, partner, point.Value - 1);
        return inForce;
    }

    /// <summary>Since when consent has been in force without a break, up to <paramref name="at"/>; null when it is not.</summary>
    public long? Since(PolicyHistory policies, RecordKind kind, Purposes purposes, string partner, long at)
    {
        if (!InForceAt(policies, kind, purposes, partner, at)) return null;
        long? since = null;
        for (var point = LastChange(policies, at); point is { } position && InForceAt(policies, kind, purposes, partner, position); point = LastChange(policies, position - 1))
            since = position;
        return since;
    }

    /// <summary>The last position up to one at which anything changed that consent rests on.</summary>
    private long? LastChange(PolicyHistory policies, long upTo)
    {
        var last = long.MinValue;
        for (var index = 0; index < policies.InForce.Count; index++) Note(policies.InForce[index].Position);
        foreach (var (position, _) in _jurisdictions) Note(position);
        foreach (var (position, _) in _notices) Note(position);
        foreach (var (position, _) in _decisions) Note(position);
        return last == long.MinValue ? null : last;

        void Note(long position)
        {
            if (position <= upTo && position > last) last = position;
        }
    }

    private bool InForceAt(PolicyHistory policies, RecordKind kind, Purposes purposes, string partner, long at)
    {
        var jurisdiction = JurisdictionAt(at);
        if (policies.At(at) is not { } policy || !policy.Allows(jurisdiction, kind, purposes)) return false;
        foreach (var purpose in PurposeSets.Each)
            if (purposes.Contains(purpose) && !(SaysAt(purpose, kind, partner, at) ?? IsDefaultAt(policies, jurisdiction, kind, purpose, at)))
                return false;
        return true;
    }

    private RecordKinds KindsInForceAt(PolicyHistory policies, RecordKinds kinds, Purposes purposes, string partner, long at)
    {
        if (policies.At(at) is not { } policy) return RecordKinds.None;
        var jurisdiction = JurisdictionAt(at);
        var inForce = policy.KindsAllowed(jurisdiction, kinds, purposes);
        foreach (var purpose in PurposeSets.Each)
            if (inForce != RecordKinds.None && purposes.Contains(purpose))
                inForce = KindsGivenAt(policies, jurisdiction, inForce, purpose, partner, at);
        return inForce;
    }

    /// <summary>The kinds that the user's decisions, and the default where they are silent, give for a purpose.</summary>
    private RecordKinds KindsGivenAt(PolicyHistory policies, string jurisdiction, RecordKinds kinds, Purpose purpose, string partner, long at)
    {
        ConsentDecision? only = null;
        var given = RecordKinds.None;
        foreach (var (position, decision) in _decisions)
        {
            if (position > at || !decision.Purposes.Contains(purpose) || (decision.Partner is not null && decision.Partner != partner)) continue;
            if (only is not null) return KindsWeighedAt(policies, jurisdiction, kinds, purpose, partner, at);
            only = decision;
        }

        // One decision is not weighed against others: it says the same of all its kinds.
        var spokenOf = only is null ? RecordKinds.None : kinds & only.Kinds;
        if (only is { Choice: ConsentChoice.Grant }) given = spokenOf;
        return given | DefaultKindsAt(policies, jurisdiction, kinds & ~spokenOf, purpose, at);
    }

    private RecordKinds KindsWeighedAt(PolicyHistory policies, string jurisdiction, RecordKinds kinds, Purpose purpose, string partner, long at)
    {
        var given = RecordKinds.None;
        foreach (var kind in RecordKindSets.Each)
            if (kinds.Contains(kind) && (SaysAt(purpose, kind, partner, at) ?? IsDefaultAt(policies, jurisdiction, kind, purpose, at)))
                given |= kind.ToSet();
        return given;
    }

    private RecordKinds DefaultKindsAt(PolicyHistory policies, string jurisdiction, RecordKinds kinds, Purpose purpose, long at)
    {
        if (kinds == RecordKinds.None || _notices.IsEmpty) return RecordKinds.None;
        var given = RecordKinds.None;
        foreach (var kind in RecordKindSets.Each)
            if (kinds.Contains(kind) && IsDefaultAt(policies, jurisdiction, kind, purpose, at))
                given |= kind.ToSet();
        return given;
    }

    private bool? SaysAt(Purpose purpose, RecordKind kind, string partner, long at)
    {
        var heard = new DecisionsHeard(purpose, kind, partner);
        foreach (var (position, decision) in _decisions)
            if (position <= at)
                heard.Hear(decision);
        return heard.Says;
    }

    private bool IsDefaultAt(PolicyHistory policies, string jurisdiction, RecordKind kind, Purpose purpose, long at)
    {
        foreach (var (position, version) in _notices)
            if (position <= at && policies.DefaultSince(jurisdiction, kind, purpose.ToSet(), version, at) is not null)
                return true;
        return false;
    }
}

/// <summary>What consent rests on where it is plain: one decision, in one jurisdiction, after one notice at most. Whoever has the same has given the same.</summary>
internal sealed record PlainConsent(ConsentChoice Choice, Purposes Purposes, RecordKinds Kinds, int NoticeVersion, string Jurisdiction, string? Partner)
{
    /// <summary>Stands for what is not plain.</summary>
    public static readonly PlainConsent None = new(ConsentChoice.Unspecified, Purposes.None, RecordKinds.None, 0, "", null);
}
