using System.Runtime.InteropServices;
using Broker.Domain.Partitions;
using Broker.Domain.Platforms;
using Broker.Domain.Recalls;

namespace Broker.Domain.Consents;

/// <summary>What policies, notices and users' decisions lead to in a partition.</summary>
public static class ConsentDecisions
{
    /// <summary>A decision may be dated at most this far ahead of the log's clock: clocks differ, but a grant of the future
    /// would outlive today's withdrawal.</summary>
    public static readonly TimeSpan MadeAtTolerance = TimeSpan.FromMinutes(1);

    /// <summary>Announces a policy; it comes in force by an entry of its own when its date has come.</summary>
    public static Decision<PartitionEvent> Announce(PartitionState state, Policy policy, DateTimeOffset now)
    {
        var latest = state.Consents.Policies.Latest;
        if (latest is not null && latest.Version > policy.Version) return Decision<PartitionEvent>.Nothing;
        if (latest is not null && latest.Version == policy.Version)
            return latest.IsSame(policy)
                ? Decision<PartitionEvent>.Nothing
                : Decision<PartitionEvent>.Refuse(RefusalReason.AlreadyExists, $"Policy version {policy.Version} is announced already, and differs.", "policy.version");
        if (policy.Validate(latest?.Version ?? 0) is { } refusal) return Decision<PartitionEvent>.Refuse(refusal);
        return Decision<PartitionEvent>.Of(new PolicyAnnounced(policy));
    }

    /// <summary>Everything of consent whose time has come by <paramref name="now"/>: one policy, or notices that ran.</summary>
    /// <remarks>A policy that narrows takes back by rule what it does not carry any more, in the same append.</remarks>
    public static Decision<PartitionEvent> Sweep(PartitionState state, DateTimeOffset now)
    {
        if (state.Consents.Policies.Due(now).FirstOrDefault() is { } policy) return Enter(state, policy, now);
        return Decision<PartitionEvent>.Of(
        [
            .. state.Consents.PendingNotices
                .Where(notice => notice.DueAt <= now)
                .Select(notice => new NoticeRun(notice.PolicyVersion, notice.DueAt, notice.Users)),
        ]);
    }

    /// <summary>Whether a policy takes something away that the one in force allows to anybody.</summary>
    public static bool Narrows(Policy? inForce, Policy next)
    {
        if (inForce is null) return false;
        var jurisdictions = inForce.JurisdictionRules.Concat(next.JurisdictionRules).Select(rule => rule.Jurisdiction).Append("").Distinct();
        return jurisdictions.Any(jurisdiction => RecordKindSets.Each.Any(kind => PurposeSets.Each.Any(purpose =>
            TakesAway(inForce, next, jurisdiction, kind, purpose.ToSet()))));
    }

    /// <summary>Users were told of the newest policy; who was told of it before is left out.</summary>
    /// <remarks>Several rows of one user are one: the last jurisdiction, the latest notice. A notice's length follows from the
    /// jurisdiction, so one row must not count by what another row of the same batch has changed.</remarks>
    public static Decision<PartitionEvent> GiveNotices(PartitionState state, IReadOnlyCollection<UserNotice> notices, DateTimeOffset now)
    {
        if (state.Consents.Policies.Latest is not { } policy)
            return Decision<PartitionEvent>.Refuse(RefusalReason.NoPolicyInForce, "Set the platform's policy first; a notice announces it.", "notified_at");
        if (notices.Any(notice => notice.NotifiedAt > now + MadeAtTolerance))
            return Decision<PartitionEvent>.Refuse(RefusalReason.InvalidValue, "A notice cannot have been given in the future.", "notified_at");
        if (notices.Any(notice => notice.Jurisdiction is { Length: > 0 } code && !Jurisdictions.IsCode(code)))
            return Decision<PartitionEvent>.Refuse(RefusalReason.InvalidValue, $"A jurisdiction is {Jurisdictions.Format}.", "jurisdiction");

        var perUser = Merge(notices);
        var moves = Moves(state, perUser, now);
        var given = perUser
            .Where(notice => notice.NotifiedAt is not null && state.Consents.NotifiedVersionOf(notice.User) < policy.Version && !state.Erased.ContainsKey(notice.User))
            .GroupBy(notice => (NotifiedAt: notice.NotifiedAt!.Value, DueAt: DueAt(state, policy, notice)))
            .Select(PartitionEvent (group) => new NoticesGiven(policy.Version, group.Key.NotifiedAt, group.Key.DueAt, UserRun.Of(group.Select(notice => notice.User))));
        return Decision<PartitionEvent>.Of([.. moves, .. given]);
    }

    /// <summary>A user decides now, and does not say when: after everything that they have decided before, whatever clocks dated it. So the order of the log
    /// is the order of their decisions, and a withdrawal that is acknowledged is in force.</summary>
    public static Decision<PartitionEvent> DecideNow(PartitionState state, int user, ConsentDecision decision, DateTimeOffset now)
    {
        var newest = state.Consents.DecisionsOf(user).Select(known => known.Decision.MadeAt).Append(DateTimeOffset.MinValue).Max();
        return Decide(state, user, decision with { MadeAt = now > newest ? now : newest.AddTicks(1) }, now);
    }

    /// <summary>A user decides: the decision and the recalls that follow from it go in one append.</summary>
    public static Decision<PartitionEvent> Decide(PartitionState state, int user, ConsentDecision decision, DateTimeOffset now)
    {
        if (Validate(decision, now) is { } refusal) return Decision<PartitionEvent>.Refuse(refusal);
        if (state.Consents.HasDecided(user, decision)) return Decision<PartitionEvent>.Nothing;
        return Decision<PartitionEvent>.Of(
        [
            .. RecallRules.OfWithdrawal(state, user, decision, now, state.Recalls.Count + 1).Prepend(new ConsentChanged(user, decision)),
        ]);
    }

    /// <summary>One notice for each user, in the order in which the users first come.</summary>
    private static Dictionary<int, UserNotice>.ValueCollection Merge(IReadOnlyCollection<UserNotice> notices)
    {
        var perUser = new Dictionary<int, UserNotice>(notices.Count);
        foreach (var notice in notices)
        {
            ref var merged = ref CollectionsMarshal.GetValueRefOrAddDefault(perUser, notice.User, out var isKnown);
            merged = isKnown ? Merge(merged!, notice) : notice;
        }

        return perUser.Values;
    }

    private static UserNotice Merge(UserNotice before, UserNotice row) => new(
        row.User,
        before.NotifiedAt is null || row.NotifiedAt > before.NotifiedAt ? row.NotifiedAt : before.NotifiedAt,
        row.Jurisdiction ?? before.Jurisdiction);

    private static List<PartitionEvent> Moves(PartitionState state, IReadOnlyCollection<UserNotice> notices, DateTimeOffset now)
    {
        var moves = new List<PartitionEvent>();
        var recallNumber = state.Recalls.Count + 1;
        foreach (var notice in notices)
        {
            if (notice.Jurisdiction is not { } to || to == state.Consents.JurisdictionOf(notice.User, long.MaxValue)) continue;
            moves.Add(new JurisdictionChanged(notice.User, to));
            var recalls = RecallRules.OfMove(state, notice.User, to, now, recallNumber).ToList();
            recallNumber += recalls.Count;
            moves.AddRange(recalls);
        }

        return moves;
    }

    private static Refusal? Validate(ConsentDecision decision, DateTimeOffset now)
    {
        if (decision.Purposes == Purposes.None || (decision.Purposes & ~Purposes.All) != 0)
            return new(RefusalReason.InvalidValue, "Name at least one known purpose.", "purposes");
        if (decision.Kinds == RecordKinds.None || (decision.Kinds & ~RecordKinds.All) != 0)
            return new(RefusalReason.InvalidValue, "Name at least one known kind.", "kinds");
        if (decision.Choice is not (ConsentChoice.Grant or ConsentChoice.Withdraw))
            return new(RefusalReason.InvalidValue, "Say GRANT or WITHDRAW.", "decision");
        if (decision.Source == ConsentSource.Unspecified || !Enum.IsDefined(decision.Source))
            return new(RefusalReason.InvalidValue, "Say where the decision comes from.", "source");
        return decision.MadeAt > now + MadeAtTolerance
            ? new(RefusalReason.InvalidValue, "A decision cannot have been made in the future.", "made_at")
            : null;
    }

    private static Decision<PartitionEvent> Enter(PartitionState state, Policy policy, DateTimeOffset now)
    {
        var entered = new PolicyInForce(policy.Version);
        if (!Narrows(state.Consents.Policies.At(long.MaxValue), policy)) return Decision<PartitionEvent>.Of(entered);
        return Decision<PartitionEvent>.Of([.. RecallRules.ByRule(state, state.Deals.Values, RecallCause.PolicyTightened, now).Prepend(entered)]);
    }

    private static bool TakesAway(Policy inForce, Policy next, string jurisdiction, RecordKind kind, Purposes purpose) =>
        (inForce.Allows(jurisdiction, kind, purpose) && !next.Allows(jurisdiction, kind, purpose))
        || (inForce.SpeaksFor(jurisdiction, kind, purpose) && !next.SpeaksFor(jurisdiction, kind, purpose));

    private static DateTimeOffset? DueAt(PartitionState state, Policy policy, UserNotice notice)
    {
        var rule = policy.RuleFor(notice.Jurisdiction ?? state.Consents.JurisdictionOf(notice.User, long.MaxValue));
        return rule.Regime == Regime.OptOut ? notice.NotifiedAt!.Value.AddDays(rule.NoticeDays) : null;
    }
}
