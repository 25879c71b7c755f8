using System.Collections.Immutable;
using Broker.Domain.Platforms;

namespace Broker.Domain.Consents;

/// <summary>The consent of every user of a partition, at every position of its log.</summary>
/// <remarks>A user who never decided anything costs 14 bytes (jurisdiction, versions and position of the notice);
/// only who decided, moved or was notified twice has a history of their own.</remarks>
public sealed partial class ConsentBook
{
    private readonly List<string> _jurisdictions = [""];
    private readonly Dictionary<string, ushort> _jurisdictionIndex = new(StringComparer.Ordinal) { [""] = 0 };
    private readonly Dictionary<int, UserConsent> _histories = [];
    private readonly List<PendingNotice> _pending = [];
    private readonly Dictionary<(ushort, RecordKind, Purposes, int), long?> _defaults = [];
    private readonly Dictionary<PlainConsent, PlainConsent> _plain = [];
    private ushort[] _jurisdictionOf = [];
    private ushort[] _noticeVersionOf = [];
    private long[] _noticePositionOf = [];
    private ushort[] _notifiedVersionOf = [];

    /// <summary>The platform's policies.</summary>
    public PolicyHistory Policies { get; } = new();

    /// <summary>Users, numbered 0 to this less 1.</summary>
    public int UserCount { get; private set; }

    /// <summary>The last position at which anything happened that may have opened somebody's admission.</summary>
    public long LastOpening { get; private set; }

    /// <summary>Notices that are running.</summary>
    public IReadOnlyList<PendingNotice> PendingNotices => _pending;

    /// <summary>Announces a policy.</summary>
    public void Announce(Policy policy) => Policies.Announce(policy);

    /// <summary>Puts a policy in force.</summary>
    public void Enter(int version, long position)
    {
        Policies.Enter(version, position);
        _defaults.Clear();
        LastOpening = position;
    }

    /// <summary>Adds the next user.</summary>
    public void AddUser(int user, string jurisdiction)
    {
        if (user != UserCount) throw new InvalidOperationException($"User {user} does not follow {UserCount - 1}.");
        Grow(user + 1);
        _jurisdictionOf[user] = Intern(jurisdiction);
        UserCount = user + 1;
    }

    /// <summary>Moves a user to another jurisdiction.</summary>
    public void Move(int user, string jurisdiction, long position)
    {
        HistoryOf(user).Add(position, jurisdiction);
        LastOpening = position;
    }

    /// <summary>Users were told of a policy; where a default follows from it, the notice runs until its due time.</summary>
    public void Notify(int policyVersion, DateTimeOffset? dueAt, ImmutableArray<UserRun> users)
    {
        foreach (var run in users)
            for (var user = run.First; user <= run.Last; user++)
                _notifiedVersionOf[user] = Math.Max(_notifiedVersionOf[user], checked((ushort)policyVersion));
        if (dueAt is { } due) _pending.Add(new PendingNotice(policyVersion, due, users));
    }

    /// <summary>The newest policy that the user was told of; 0 for none.</summary>
    public int NotifiedVersionOf(int user) => _notifiedVersionOf[user];

    /// <summary>A notice has run.</summary>
    public void NoticeRan(PendingNotice notice, long position)
    {
        _pending.RemoveAll(pending => pending.PolicyVersion == notice.PolicyVersion && pending.DueAt == notice.DueAt && pending.Users.SequenceEqual(notice.Users));
        foreach (var run in notice.Users)
            for (var user = run.First; user <= run.Last; user++)
                NoticeRan(user, notice.PolicyVersion, position);
        LastOpening = position;
    }

    /// <summary>Records a decision.</summary>
    public void Decide(int user, ConsentDecision decision, long position)
    {
        HistoryOf(user).Add(position, decision);
        LastOpening = position;
    }

    /// <summary>Every decision of the user with its position, oldest first.</summary>
    public IReadOnlyList<(long Position, ConsentDecision Decision)> DecisionsOf(int user) =>
        _histories.TryGetValue(user, out var history) ? history.Decisions : [];

    /// <summary>Whether the user has decided exactly this before.</summary>
    public bool HasDecided(int user, ConsentDecision decision) => _histories.TryGetValue(user, out var history) && history.Holds(decision);

    /// <summary>The user's jurisdiction at a position.</summary>
    public string JurisdictionOf(int user, long position) =>
        _histories.TryGetValue(user, out var history) ? history.JurisdictionAt(position) : _jurisdictions[_jurisdictionOf[user]];

    /// <summary>The notices that have run for the user: position and policy version.</summary>
    public IReadOnlyList<(long Position, int Version)> NoticesOf(int user)
    {
        if (_histories.TryGetValue(user, out var history)) return history.Notices;
        return _noticeVersionOf[user] == 0 ? [] : [(_noticePositionOf[user], _noticeVersionOf[user])];
    }

    /// <summary>Since which position the user's consent for every one of the purposes, this kind and this partner has been in
    /// force without a break, up to position <paramref name="at"/>; null when it is not in force there.</summary>
    public long? Since(int user, RecordKind kind, Purposes purposes, string partner, long at)
    {
        if (_histories.TryGetValue(user, out var history)) return history.Since(Policies, kind, purposes, partner, at);
        if (_noticeVersionOf[user] == 0 || _noticePositionOf[user] > at) return null;
        return DefaultSince(_jurisdictionOf[user], kind, purposes, _noticeVersionOf[user], at) is { } since
            ? Math.Max(since, _noticePositionOf[user])
            : null;
    }

    /// <summary>Asks about many users at once: which of the kinds have been in force since <paramref name="since"/> or before, up to
    /// <paramref name="at"/>, for every one of the purposes and this partner.</summary>
    public ConsentQuestion Ask(RecordKinds kinds, Purposes purposes, string partner, long since, long at) => new(this, kinds, purposes, partner, since, at);

    /// <summary>Whether consent would be in force right after one more decision.</summary>
    public bool IsInForceAfter(int user, ConsentDecision decision, RecordKind kind, Purposes purposes, string partner)
    {
        var history = CopyOf(user);
        history.Add(long.MaxValue, decision);
        return history.Since(Policies, kind, purposes, partner, long.MaxValue) is not null;
    }

    /// <summary>Whether consent would be in force right after a move.</summary>
    public bool IsInForceAfter(int user, string jurisdiction, RecordKind kind, Purposes purposes, string partner)
    {
        var history = CopyOf(user);
        history.Add(long.MaxValue, jurisdiction);
        return history.Since(Policies, kind, purposes, partner, long.MaxValue) is not null;
    }

    internal UserConsent? FindHistory(int user) => _histories.GetValueOrDefault(user);

    /// <summary>The one object of the book that says the same.</summary>
    internal PlainConsent Shared(PlainConsent plain) => _plain.TryAdd(plain, plain) ? plain : _plain[plain];

    /// <summary>What the consent of a user without a history rests on; version 0 while no notice has run.</summary>
    internal (ushort Jurisdiction, ushort NoticeVersion, long NoticePosition) DefaultOf(int user) =>
        (_jurisdictionOf[user], _noticeVersionOf[user], _noticePositionOf[user]);

    internal long? DefaultSince(ushort jurisdiction, RecordKind kind, Purposes purposes, int version, long at)
    {
        // The cache holds the answer for "now"; the past is asked for rarely (reports), and looked up.
        var isNow = Policies.InForce.Count == 0 || Policies.InForce[^1].Position <= at;
        if (!isNow) return Policies.DefaultSince(_jurisdictions[jurisdiction], kind, purposes, version, at);
        var key = (jurisdiction, kind, purposes, version);
        if (!_defaults.TryGetValue(key, out var since))
            _defaults[key] = since = Policies.DefaultSince(_jurisdictions[jurisdiction], kind, purposes, version, at);
        return since;
    }

    private UserConsent CopyOf(int user) => _histories.TryGetValue(user, out var known) ? known.Copy() : NewHistoryOf(user);

    private void NoticeRan(int user, int version, long position)
    {
        if (_noticeVersionOf[user] == 0 && !_histories.ContainsKey(user))
        {
            _noticeVersionOf[user] = checked((ushort)version);
            _noticePositionOf[user] = position;
            return;
        }

        HistoryOf(user).Add(position, version);
    }

    private UserConsent HistoryOf(int user)
    {
        if (_histories.TryGetValue(user, out var known)) return known;
        return _histories[user] = NewHistoryOf(user);
    }

    private UserConsent NewHistoryOf(int user)
    {
        var history = new UserConsent();
        history.Add(0, _jurisdictions[_jurisdictionOf[user]]);
        if (_noticeVersionOf[user] != 0) history.Add(_noticePositionOf[user], _noticeVersionOf[user]);
        return history;
    }

    private ushort Intern(string jurisdiction)
    {
        if (_jurisdictionIndex.TryGetValue(jurisdiction, out var known)) return known;
        var index = checked((ushort)_jurisdictions.Count);
        _jurisdictions.Add(jurisdiction);
        return _jurisdictionIndex[jurisdiction] = index;
    }

    private void Grow(int count)
    {
        if (count <= _jurisdictionOf.Length) return;
        var size = Math.Max(count, _jurisdictionOf.Length + _jurisdictionOf.Length / 4 + 16);
        Array.Resize(ref _jurisdictionOf, size);
        Array.Resize(ref _noticeVersionOf, size);
        Array.Resize(ref _noticePositionOf, size);
        Array.Resize(ref _notifiedVersionOf, size);
    }
}
