using System.Collections.Immutable;
using Broker.Domain.Consents;
using Broker.Domain.Lineage;
using Broker.Domain.Partitions;
using Broker.Domain.Platforms;

namespace Broker.Domain.Releases;

/// <summary>Who stays behind in a range of users.</summary>
public static class Exclusions
{
    /// <summary>Users × kinds of the range whose consent for the deal is not in force at the end of the log, or only since after
    /// the interval; as runs, so that a thousand neighbours who never consented cost no more than one.</summary>
    public static ImmutableArray<Exclusion> Of(PartitionState state, DealLineage deal, PullCursor from, PullCursor to, long intervalTo) =>
        Of(state, deal, from, to, Ask(state, deal, intervalTo));

    /// <summary>Those of a selection's range: whoever it has asked about is not asked about again.</summary>
    /// <param name="state">The partition.</param>
    /// <param name="deal">The deal.</param>
    /// <param name="selection">What is released: selected just now, or nothing that it rests on has changed since.</param>
    /// <param name="intervalTo">The round's bound.</param>
    public static ImmutableArray<Exclusion> Of(PartitionState state, DealLineage deal, SliceSelection selection, long intervalTo) =>
        Of(state, deal, selection.From, selection.To, selection.Consents ?? Ask(state, deal, intervalTo));

    private static ConsentQuestion Ask(PartitionState state, DealLineage deal, long intervalTo)
    {
        var scope = deal.Contract.Terms.Scope;
        return state.Consents.Ask(scope.Kinds, scope.Purposes, deal.Partner, intervalTo, state.Position);
    }

    private static ImmutableArray<Exclusion> Of(PartitionState state, DealLineage deal, PullCursor from, PullCursor to, ConsentQuestion consents)
    {
        var runs = ImmutableArray.CreateBuilder<Exclusion>();
        var scope = deal.Contract.Terms.Scope;
        var kinds = scope.Kinds & RecordKinds.All;
        var last = Math.Min(to.User, state.Consents.UserCount - 1);
        for (var user = Math.Max(0, from.NextUser); user <= last; user++)
            Add(runs, user, state.Erased.ContainsKey(user) ? scope.Kinds : kinds & ~consents.KindsOf(user));
        return runs.ToImmutable();
    }

    private static void Add(ImmutableArray<Exclusion>.Builder runs, int user, RecordKinds kinds)
    {
        if (kinds == RecordKinds.None) return;
        if (runs.Count > 0 && runs[^1].Kinds == kinds && runs[^1].Users.Last == user - 1)
            runs[^1] = runs[^1] with { Users = runs[^1].Users with { Last = user } };
        else
            runs.Add(new Exclusion(new UserRun(user, user), kinds));
    }
}
