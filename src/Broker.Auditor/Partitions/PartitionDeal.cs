using Broker.Protos.Log.V1;

namespace Broker.Auditor.Partitions;

/// <summary>What one partition's log says of one deal.</summary>
internal sealed class PartitionDeal(string deal, string partner)
{
    public string Deal { get; } = deal;

    public string Partner { get; } = partner;

    /// <summary>The contract's versions as they were learned, oldest first.</summary>
    public List<(long Position, int Version, Terms Terms)> Contracts { get; } = [];

    public List<Round> Rounds { get; } = [];

    /// <summary>What rounds with a filter have offered since the last one without, and up to which position.</summary>
    public List<(RoundFilter Filter, long UpTo)> Covers { get; } = [];

    /// <summary>The position of the last round without a filter; 0 before the first.</summary>
    public long CoveredUpTo { get; private set; }

    public List<(long Position, RecallIssued Recall)> Recalls { get; } = [];

    public Dictionary<string, TrainingRunRegistered> TrainingRuns { get; } = new(StringComparer.Ordinal);

    public HashSet<string> Voided { get; } = new(StringComparer.Ordinal);

    /// <summary>The deal is said to have booked every credit up to this position.</summary>
    public long CreditsSettledUpTo { get; set; }

    public (long Position, int Version, Terms Terms) Contract => Contracts[^1];

    /// <summary>The slices that anybody may hold something of: those that were dropped before any write are not.</summary>
    public IEnumerable<Slice> Sent => Rounds.SelectMany(round => round.Slices).Where(slice => slice.Outcome != SliceOutcome.Dropped);

    /// <summary>Where a round with a filter must start: all that the filter admits was offered up to there.</summary>
    public long CoveredUpToUnder(RoundFilter filter) =>
        Covers.Where(cover => filter.IsWithin(cover.Filter)).Select(cover => cover.UpTo).Append(CoveredUpTo).Max();

    /// <summary>Opens the next round.</summary>
    public void Open(Round round)
    {
        Rounds.Add(round);
        Covers.RemoveAll(cover => round.Filter.IsEverything || cover.Filter.IsWithin(round.Filter));
        if (round.Filter.IsEverything) CoveredUpTo = round.IntervalTo;
        else Covers.Add((round.Filter, round.IntervalTo));
    }

    public Terms? TermsOf(int version) => Contracts.FindLast(contract => contract.Version == version).Terms;

    public Slice? Find(int round, int number) => round >= 1 && round <= Rounds.Count ? Rounds[round - 1].Find(number) : null;
}
