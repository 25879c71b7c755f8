using Broker.Domain.Consents;
using Broker.Domain.Partitions;
using Broker.Domain.Platforms;

namespace Broker.Domain.Tests.Consents;

/// <summary>What DESIGN §5 says of consent, for the present moment only: facts come one by one, and nothing is looked up by position.</summary>
internal sealed class ConsentModel
{
    private readonly List<Policy> _announced = [];
    private readonly List<Policy> _entered = [];
    private readonly List<Person> _people = [];

    public int UserCount => _people.Count;

    public Policy? InForcePolicy => _entered.Count == 0 ? null : _entered[^1];

    public void Apply(PartitionEvent fact)
    {
        switch (fact)
        {
            case PolicyAnnounced announced: _announced.Add(announced.Policy); break;
            case PolicyInForce entered: Enter(_announced[entered.Version - 1]); break;
            case UserAdded added: _people.Add(new Person { Lives = added.Jurisdiction }); break;
            case JurisdictionChanged moved: _people[moved.User].Lives = moved.Jurisdiction; break;
            case NoticeRun ran: RunNotice(ran); break;
            case ConsentChanged changed: _people[changed.User].Decisions.Add(changed.Decision); break;
        }
    }

    public bool IsInForce(int user, RecordKind kind, Purposes purposes, string partner) =>
        purposes.Members().All(purpose => IsInForce(_people[user], kind, purpose, partner));

    public bool HasRun(int user, int version) => _people[user].Notices.Exists(notice => notice.Version == version);

    private bool IsInForce(Person person, RecordKind kind, Purpose purpose, string partner)
    {
        if (InForcePolicy is not { } policy) return false;
        if (!Covers(policy, kind, purpose) || RegimeOf(policy, person.Lives) == Regime.Excluded) return false;
        return Decided(person, kind, purpose, partner) ?? person.Notices.Exists(notice => Carries(notice, policy, person.Lives, kind, purpose));
    }

    private static bool? Decided(Person person, RecordKind kind, Purpose purpose, string partner)
    {
        var general = Latest(person, kind, purpose, null);
        var exception = Latest(person, kind, purpose, partner);
        if (exception is null) return general is null ? null : general.Choice == ConsentChoice.Grant;
        var isEnded = general is { Choice: ConsentChoice.Withdraw } && general.MadeAt >= exception.MadeAt;
        return exception.Choice == ConsentChoice.Grant && !isEnded;
    }

    private static ConsentDecision? Latest(Person person, RecordKind kind, Purpose purpose, string? partner) => person.Decisions
        .Where(decision => decision.Partner == partner && decision.Kinds.Contains(kind) && decision.Purposes.Contains(purpose))
        .OrderBy(decision => decision.MadeAt)
        .ThenBy(decision => decision.Choice == ConsentChoice.Withdraw) // at a tie the withdrawal wins
        .LastOrDefault();

    /// <summary>A notice counts once its policy, or a later one, is in force, and as long as each policy since said the same of it.</summary>
    private static bool Carries(Notice notice, Policy inForce, string lives, RecordKind kind, Purpose purpose) =>
        inForce.Version >= notice.Version
        && notice.Policies.TrueForAll(policy => Covers(policy, kind, purpose) && RegimeOf(policy, lives) == Regime.OptOut);

    private static bool Covers(Policy policy, RecordKind kind, Purpose purpose) => policy.Kinds.Contains(kind) && policy.Purposes.Contains(purpose);

    private static Regime RegimeOf(Policy policy, string lives) =>
        (policy.JurisdictionRules.FirstOrDefault(rule => rule.Jurisdiction == lives) ?? policy.DefaultRule).Regime;

    private void Enter(Policy policy)
    {
        _entered.Add(policy);
        foreach (var notice in _people.SelectMany(person => person.Notices).Where(notice => notice.Version <= policy.Version)) notice.Policies.Add(policy);
    }

    private void RunNotice(NoticeRun ran)
    {
        foreach (var run in ran.Users)
            for (var user = run.First; user <= run.Last; user++)
                _people[user].Notices.Add(new Notice(
                    ran.PolicyVersion,
                    [_announced[ran.PolicyVersion - 1], .. _entered.Where(policy => policy.Version >= ran.PolicyVersion)]));
    }

    private sealed class Person
    {
        public required string Lives { get; set; }

        public List<Notice> Notices { get; } = [];

        public List<ConsentDecision> Decisions { get; } = [];
    }

    private sealed record Notice(int Version, List<Policy> Policies);
}
