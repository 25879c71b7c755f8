using Broker.Domain.Deals;
using Broker.Domain.Lineage;
using Broker.Domain.Partitions;

namespace Broker.Domain.Tokens;

/// <summary>Which tokens are counted when, and what waits for it.</summary>
/// <remarks>
/// Counting changes nothing of what is available, to whom, or since when: it says what a record costs. A pull whose contract counts by tokens
/// waits until everything that its round may hold is counted, so that no round leaves a record behind for not having been counted in time.
/// </remarks>
public static class TokenRules
{
    /// <summary>What to count next: of the segments that a contract needs counted, the oldest; null where nothing is left.</summary>
    /// <param name="state">The partition.</param>
    /// <param name="now">The log's clock: a contract whose term is over needs nothing any more.</param>
    /// <param name="except">Segments to leave alone: one is being merged, or could not be counted a while ago.</param>
    public static (PartitionSegment Segment, string Tokenizer)? Next(PartitionState state, DateTimeOffset now, IReadOnlySet<string> except)
    {
        var counting = state.Deals.Values.Select(deal => deal.Contract.Terms).Where(terms => terms.CountsTokens && now < terms.TermEnd).ToList();
        if (counting.Count == 0) return null;
        foreach (var segment in state.Segments)
            if (!except.Contains(segment.Info.Id))
                foreach (var terms in counting)
                    if (IsWanting(segment, terms))
                        return (segment, terms.Tokenizer);
        return null;
    }

    /// <summary>The segments that a round may hold records of and that are not counted yet; none where it may go on. Some of them may hold nothing that is available:
    /// nobody looks at single records before they are counted.</summary>
    /// <param name="state">The partition.</param>
    /// <param name="deal">The deal.</param>
    /// <param name="round">Its open round.</param>
    public static IReadOnlyList<PartitionSegment> Waiting(PartitionState state, DealLineage deal, PullRound round)
    {
        var terms = deal.Contract.Terms;
        if (!terms.CountsTokens) return [];
        return [.. state.Segments.Where(segment => IsWanting(segment, terms) && segment.FirstAdded <= round.IntervalTo && round.AfterOf(segment) is not null)];
    }

    /// <summary>Takes a segment's counts into the log; nothing where they are there already, or where it was merged meanwhile.</summary>
    public static Decision<PartitionEvent> Count(PartitionState state, string segmentId, SegmentTokens tokens) =>
        state.FindSegment(segmentId) is { IsRemnants: false } segment && !segment.IsCountedBy(tokens.Tokenizer)
            ? Decision<PartitionEvent>.Of(new TokensCounted(segmentId, tokens))
            : Decision<PartitionEvent>.Nothing;

    private static bool IsWanting(PartitionSegment segment, ContractTerms terms) =>
        !segment.IsRemnants && terms.Scope.AdmitsAny(segment.Info.Dataset, segment.Info.Kind) && !segment.IsCountedBy(terms.Tokenizer);
}
