using Broker.Protos.Log.V1;

namespace Broker.Auditor.Consents;

/// <summary>The users of one partition and what of them is in force at every position.</summary>
internal sealed class ConsentReplay(LogFindings findings)
{
    private readonly List<UserFacts> _users = [];
    private readonly List<NoticesGiven> _running = [];
    private readonly Dictionary<(string, int, int, uint, int), long?> _plain = [];

    public PolicyReplay Policies { get; } = new();

    public int UserCount => _users.Count;

    public long WithdrawnCount => _users.LongCount(user => user.HasWithdrawn);

    public bool Knows(int user) =>
        findings.Check(user >= 0 && user < _users.Count, Promise.Order, $"User {user} is not known; the partition has {_users.Count}.");

    public void Add(UserAdded added)
    {
        if (findings.Check(added.User == _users.Count, Promise.Order, $"User {added.User} was added where {_users.Count} is next: numbers are dense."))
            _users.Add(new UserFacts(string.Intern(added.Jurisdiction)));
    }

    public void Announce(Policy policy)
    {
        findings.Check(policy.ObjectionChannel.Length > 0, Promise.Consent, $"Policy {policy.Version} leaves users no way to object.");
        if (findings.Check(policy.Version == Policies.AnnouncedCount + 1, Promise.Order, $"Policy {policy.Version} was announced where {Policies.AnnouncedCount + 1} is next."))
            Policies.Announce(policy);
    }

    /// <summary>Puts a policy in force; the one that was before, or null.</summary>
    public Policy? Enter(VerifiedPlace place, int version)
    {
        var before = Policies.At(place.Position);
        if (Policies.Announced(version) is not { } policy || version <= (before?.Version ?? 0))
        {
            findings.Add(Promise.Order, $"Policy {version} came in force without being announced, or out of its turn.");
            return before;
        }

        findings.Check(policy.EffectiveAtTicks <= place.Ticks, Promise.Consent, $"Policy {version} came in force before its date.");
        Policies.Enter(place.Position, policy);
        return before;
    }

    public void Move(long position, int user, string to)
    {
        if (Knows(user)) _users[user].Move(position, to);
    }

    public void Erase(long position, int user)
    {
        if (Knows(user) && _users[user].ErasedAt == 0) _users[user].ErasedAt = position;
    }

    public void Decide(long position, ConsentChanged decision)
    {
        if (Knows(decision.User)) _users[decision.User].Decide(position, decision);
    }

    public void Give(NoticesGiven given)
    {
        if (Policies.Announced(given.PolicyVersion) is not { } policy)
        {
            findings.Add(Promise.Order, $"A notice tells of policy {given.PolicyVersion}, which was not announced.");
            return;
        }

        if (!given.HasDueAtTicks) return;
        foreach (var user in Runs.UsersOf(given.Users).Where(Knows)) CheckPeriod(given, policy, user);
        _running.Add(given);
    }

    public void Run(VerifiedPlace place, NoticeRun ran)
    {
        var index = _running.FindIndex(given =>
            given.PolicyVersion == ran.PolicyVersion && given.DueAtTicks == ran.DueAtTicks && given.Users.Equals(ran.Users));
        if (!findings.Check(index >= 0, Promise.Consent, $"A notice of policy {ran.PolicyVersion} ran that was not given to these users.")) return;
        _running.RemoveAt(index);
        findings.Check(ran.DueAtTicks <= place.Ticks, Promise.Consent, $"A notice of policy {ran.PolicyVersion} ran before its time was over.");
        foreach (var user in Runs.UsersOf(ran.Users).Where(Knows)) _users[user].NoticeRan(place.Position, ran.PolicyVersion);
    }

    public bool IsErased(int user, long at) => _users[user].ErasedAt is > 0 and var erased && erased <= at;

    /// <summary>Since which position consent had been in force without a break; null where it was not in force.</summary>
    public long? Since(int user, int kind, uint purposes, string partner, long at)
    {
        var facts = _users[user];
        if (!facts.IsPlain) return facts.Since(Policies, kind, purposes, partner, at);
        if (facts.Notices.Count == 0 || facts.Notices[0].Position > at) return null;
        var (position, version) = facts.Notices[0];
        return SincePlain(facts.JurisdictionAt(at), version, kind, purposes, at) is { } since ? Math.Max(since, position) : null;
    }

    /// <summary>The same for a user of whom only a notice is known, that notice's own position aside: one answer for all who are alike.</summary>
    private long? SincePlain(string jurisdiction, int version, int kind, uint purposes, long at)
    {
        var key = (jurisdiction, version, kind, purposes, Policies.CountAt(at));
        if (_plain.TryGetValue(key, out var known)) return known;
        var alike = new UserFacts(jurisdiction);
        alike.NoticeRan(0, version);
        return _plain[key] = alike.Since(Policies, kind, purposes, "", at);
    }

    private void CheckPeriod(NoticesGiven given, Policy policy, int user)
    {
        var rule = PolicyReplay.RuleFor(policy, _users[user].JurisdictionAt(long.MaxValue));
        var isWhole = rule.Regime == Regime.OptOut && given.DueAtTicks >= given.NotifiedAtTicks + rule.NoticeDays * TimeSpan.TicksPerDay;
        findings.Check(isWhole, Promise.Consent, $"User {user}'s notice of policy {policy.Version} is shorter than the policy's {rule.NoticeDays} days, or means nothing where the user lives.");
    }
}
