using Broker.Protos.Log.V1;

namespace Broker.Auditor.Consents;

/// <summary>What one user's consent rests on, each fact with its position.</summary>
internal sealed class UserFacts(string jurisdiction)
{
    private readonly List<(long Position, string Jurisdiction)> _moves = [];
    private readonly List<(long Position, int Version)> _notices = [];
    private readonly List<(long Position, ConsentChanged Decision)> _decisions = [];
    private readonly List<long> _changes = []; // of the three, ascending
    private readonly Dictionary<(int Kind, uint Purposes, string Partner, long Change), long?> _since = [];

    /// <summary>The position of the user's erasure; 0 while there is none.</summary>
    public long ErasedAt { get; set; }

    /// <summary>Whether the newest decision is a withdrawal.</summary>
    public bool HasWithdrawn => _decisions.Count > 0 && _decisions[^1].Decision.Choice == ConsentChoice.Withdraw;

    /// <summary>Whether nothing but a first notice is known: then users of one jurisdiction and notice are alike.</summary>
    public bool IsPlain => _moves.Count == 0 && _decisions.Count == 0 && _notices.Count < 2;

    public IReadOnlyList<(long Position, int Version)> Notices => _notices;

    public void Move(long position, string to)
    {
        _moves.Add((position, to));
        Changed(position);
    }

    public void NoticeRan(long position, int version)
    {
        _notices.Add((position, version));
        Changed(position);
    }

    public void Decide(long position, ConsentChanged decision)
    {
        _decisions.Add((position, decision));
        Changed(position);
    }

    public string JurisdictionAt(long position) => _moves.FindLast(move => move.Position <= position).Jurisdiction ?? jurisdiction;

    /// <summary>Whether consent for every purpose was in force right after a position.</summary>
    public bool IsInForce(PolicyReplay policies, int kind, uint purposes, string partner, long at)
    {
        var lives = JurisdictionAt(at);
        if (policies.At(at) is not { } policy || !PolicyReplay.Allows(policy, lives, kind, purposes)) return false;
        return Masks.Members(purposes).All(purpose =>
            Says(purpose, kind, partner, at) ?? _notices.Exists(notice => notice.Position <= at && policies.Carries(notice.Version, at, lives, kind, 1u << purpose)));
    }

    /// <summary>Since which position it had been in force without a break; null where it was not in force.</summary>
    /// <remarks>What held at a position never changes, and changes only where a fact stands: each answer is found once, from the one before it. Who decides
    /// often is asked about often, for every row that ever left.</remarks>
    public long? Since(PolicyReplay policies, int kind, uint purposes, string partner, long at)
    {
        long? since = null;
        var open = new Stack<long>();
        for (var change = LatestChange(policies, at); change is { } position; change = LatestChange(policies, position - 1))
        {
            if (_since.TryGetValue((kind, purposes, partner, position), out since)) break;
            open.Push(position);
        }

        while (open.TryPop(out var position))
        {
            since = IsInForce(policies, kind, purposes, partner, position) ? since ?? position : null;
            _since[(kind, purposes, partner, position)] = since;
        }

        return since;
    }

    private long? LatestChange(PolicyReplay policies, long at)
    {
        var index = _changes.BinarySearch(at);
        var own = index >= 0 ? at : ~index > 0 ? _changes[~index - 1] : (long?)null;
        foreach (var position in policies.Positions)
            if (position <= at && (own is null || position > own)) own = position;
        return own;
    }

    private void Changed(long position)
    {
        if (_changes.Count == 0 || position > _changes[^1]) _changes.Add(position);
    }

    /// <summary>What the user's own decisions say; null where none speaks.</summary>
    /// <remarks>The latest by its own date counts, a withdrawal before a grant of the same instant. What names the partner goes
    /// before what names nobody, but a general withdrawal ends the partner grants that are not newer.</remarks>
    private bool? Says(int purpose, int kind, string partner, long at)
    {
        var general = Latest(purpose, kind, at, decision => !decision.HasPartner);
        var named = Latest(purpose, kind, at, decision => decision.HasPartner && decision.Partner == partner);
        if (named is null) return general is null ? null : general.Choice == ConsentChoice.Grant;
        if (named.Choice != ConsentChoice.Grant) return false;
        return general is null || general.Choice == ConsentChoice.Grant || general.MadeAtTicks < named.MadeAtTicks;
    }

    private ConsentChanged? Latest(int purpose, int kind, long at, Func<ConsentChanged, bool> speaks)
    {
        ConsentChanged? latest = null;
        foreach (var (position, decision) in _decisions)
        {
            if (position > at || !Masks.Has(decision.Purposes, purpose) || !Masks.Has(decision.Kinds, kind) || !speaks(decision)) continue;
            var isLater = latest is null || decision.MadeAtTicks > latest.MadeAtTicks
                || (decision.MadeAtTicks == latest.MadeAtTicks && decision.Choice == ConsentChoice.Withdraw);
            if (isLater) latest = decision;
        }

        return latest;
    }
}
