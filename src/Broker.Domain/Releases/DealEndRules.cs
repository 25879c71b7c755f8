using Broker.Domain.Deals;
using Broker.Domain.Partitions;
using Broker.Domain.Recalls;

namespace Broker.Domain.Releases;

/// <summary>What a partition does when a deal is suspended, ends, or is narrowed.</summary>
public static class DealEndRules
{
    /// <summary>Voids what the deal reserved and this partition has not released, learns the new terms, and recalls the
    /// records that they do not carry any more; those of which they only withhold fields stay.</summary>
    /// <param name="state">The partition.</param>
    /// <param name="deal">The deal's id.</param>
    /// <param name="reservationIds">What the deal has pending here: a grant may still be on its way to a partition that has not seen it.</param>
    /// <param name="narrowed">The contract's new version, or null.</param>
    /// <param name="cause">Why what was delivered is recalled, or null when it is not.</param>
    /// <param name="now">The log's clock.</param>
    public static Decision<PartitionEvent> Revoke(
        PartitionState state, string deal, IEnumerable<string> reservationIds, (string Partner, int Version, ContractTerms Terms)? narrowed, RecallCause? cause, DateTimeOffset now)
    {
        var voids = ReleaseRules.Void(state, deal, reservationIds).Events;
        var seen = narrowed is { } contract
            ? ReleaseRules.SeeContract(state, deal, contract.Partner, contract.Version, contract.Terms).Events
            : [];
        // A repeat (the deal asks until it is answered) issues no second recall for the same end, or the same version.
        var recalls = narrowed is { } next ? !seen.IsEmpty && LosesRecords(state, deal, next.Terms) : !IsRepeat(state, deal, cause);
        return Decision<PartitionEvent>.Of([.. voids, .. seen, .. Recalls(state, deal, recalls ? cause : null, now)]);
    }

    /// <summary>Beside the version that this partition knows: the deal may have gone through others meanwhile, that released nothing here.</summary>
    private static bool LosesRecords(PartitionState state, string deal, ContractTerms next) =>
        state.Deals.TryGetValue(deal, out var known) && known.Contract.Terms.Scope.LosesRecordsTo(next.Scope);

    private static IEnumerable<PartitionEvent> Recalls(PartitionState state, string deal, RecallCause? cause, DateTimeOffset now) =>
        cause is { } why && state.Deals.TryGetValue(deal, out var lineage) ? RecallRules.ByRule(state, [lineage], why, now) : [];

    private static bool IsRepeat(PartitionState state, string deal, RecallCause? cause) =>
        state.Deals.TryGetValue(deal, out var lineage)
        && lineage.Recalls.Any(recall => recall.Recall.Cause == cause && recall.Position > LastRelease(lineage));

    private static long LastRelease(Lineage.DealLineage deal) =>
        deal.Rounds.SelectMany(round => round.Slices).Select(slice => slice.SentPosition).DefaultIfEmpty(0).Max();
}
