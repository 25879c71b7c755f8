using System.Collections.Immutable;
using Broker.Domain.Lineage;
using Broker.Domain.Partitions;
using Broker.Domain.Platforms;

namespace Broker.Domain.Releases;

/// <summary>Who stays behind in a range of users.</summary>
public static class Exclusions
{
    /// <summary>Users × kinds of the range whose consent for the deal is not in force at the end of the log, or only since after
    /// the interval; as runs, so that a thousand neighbours who never consented cost no more than one.</summary>
    public static ImmutableArray<Exclusion> Of(PartitionState state, DealLineage deal, PullCursor from, PullCursor to, long intervalTo)
    {
        var runs = ImmutableArray.CreateBuilder<Exclusion>();
        var last = Math.Min(to.User, state.Consents.UserCount - 1);
        for (var user = Math.Max(0, from.NextUser); user <= last; user++)
            Add(runs, user, ExcludedKinds(state, deal, user, intervalTo));
        return runs.ToImmutable();
    }

    private static RecordKinds ExcludedKinds(PartitionState state, DealLineage deal, int user, long intervalTo)
    {
        var scope = deal.Contract.Terms.Scope;
        if (state.Erased.ContainsKey(user)) return scope.Kinds;
        var excluded = RecordKinds.None;
        foreach (var kind in RecordKindSets.Each)
            if (scope.Kinds.Contains(kind) && (state.Consents.Since(user, kind, scope.Purposes, deal.Partner, state.Position) is not { } since || since > intervalTo))
                excluded |= kind.ToSet();
        return excluded;
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
