using Broker.Domain.Consents;
using Broker.Domain.Lineage;
using Broker.Domain.Partitions;

namespace Broker.Domain.Releases;

/// <summary>Since when a record may go to a deal.</summary>
/// <remarks>
/// A record is available from the latest of three positions: where it was added, where its user's consent for every
/// purpose of the deal came in force, and where this partition learned a contract that admits it. A round of a pull takes
/// what became available in its interval, so nothing is taken twice and nothing that opens late is forgotten. A contract for
/// other purposes is another licence: what was admitted under the one before it is recalled, and available anew from there.
/// </remarks>
public static class Admission
{
    /// <summary>Since when users' kind in a dataset is admitted, up to a position; null when it is not. Language and creation
    /// are looked at per row, by <see cref="SinceOfRow"/>.</summary>
    public static long? Since(ConsentBook consents, DealLineage deal, int user, PartitionSegment segment, long at) =>
        Since(consents, deal, user, segment, -1, ContractIndexAt(deal, at), at);

    /// <summary>The same for one row, with the contract's languages and time window.</summary>
    public static long? SinceOfRow(ConsentBook consents, DealLineage deal, int user, PartitionSegment segment, int row, long at) =>
        Since(consents, deal, user, segment, row, ContractIndexAt(deal, at), at);

    /// <summary>Asks of which kinds users' consent lets their records be admitted by the end of an interval; null where the contract was not
    /// known by then, so that consent alone does not tell.</summary>
    internal static ConsentQuestion? AskConsents(PartitionState state, DealLineage deal, long intervalTo)
    {
        // Admitted since is where consent came in force, or where this contract or one before it was learned: all of these lie in the interval or before it.
        var (seenAt, _, terms) = deal.Contract;
        if (seenAt > intervalTo || seenAt > state.Position) return null;
        return state.Consents.Ask(terms.Scope.Kinds, terms.Scope.Purposes, deal.Partner, intervalTo, state.Position);
    }

    /// <summary>Whether any version of the contract looks at single rows.</summary>
    public static bool LooksAtRows(DealLineage deal) => deal.Contracts.Any(contract => contract.Terms.Scope.LooksAtRows);

    /// <summary>The purposes of the newest contract that the partition knew at a position; none before the first.</summary>
    internal static Purposes PurposesAt(DealLineage deal, long at) =>
        ContractIndexAt(deal, at) is >= 0 and var index ? deal.Contracts[index].Terms.Scope.Purposes : Purposes.None;

    private static int ContractIndexAt(DealLineage deal, long at)
    {
        for (var index = deal.Contracts.Count - 1; index >= 0; index--)
            if (deal.Contracts[index].Position <= at)
                return index;
        return -1;
    }

    private static long? Since(ConsentBook consents, DealLineage deal, int user, PartitionSegment segment, int row, int index, long at)
    {
        if (index < 0) return null;
        var (seenAt, _, terms) = deal.Contracts[index];
        if (!Admits(terms.Scope, segment, row)) return null;
        if (consents.Since(user, segment.Info.Kind, terms.Scope.Purposes, deal.Partner, at) is not { } consented) return null;
        if (consented > seenAt) return consented;
        if (PurposesAt(deal, seenAt - 1) != terms.Scope.Purposes) return seenAt;

        // Consent is older than this version: what the version before it admitted already stays admitted since then.
        return Since(consents, deal, user, segment, row, index - 1, seenAt - 1) ?? seenAt;
    }

    private static bool Admits(Deals.Scope scope, PartitionSegment segment, int row) => row < 0
        ? scope.AdmitsAny(segment.Info.Dataset, segment.Info.Kind)
        : scope.Admits(segment.Info.Dataset, segment.Info.Kind, segment.Rows.LanguageAt(row), segment.Rows.KeyAt(row).CreatedAtMs);
}
