using System.Collections.Immutable;
using Broker.Domain.Deals;
using Broker.Domain.Partitions;
using Broker.Domain.Releases;

namespace Broker.Domain.Lineage;

/// <summary>What one partition knows of one deal: its contract's versions, its pulls, its recalls, its training runs.</summary>
public sealed class DealLineage(string deal, string partner)
{
    private readonly List<(long Position, int Version, ContractTerms Terms)> _contracts = [];
    private readonly List<PullRound> _rounds = [];
    private readonly List<IssuedRecall> _recalls = [];
    private readonly List<TrainingRun> _runs = [];
    private ImmutableArray<PullCover> _covers = [];

    /// <summary>The deal's id.</summary>
    public string Deal { get; } = deal;

    /// <summary>The partner's id.</summary>
    public string Partner { get; } = partner;

    /// <summary>The contract's versions as this partition learned them: since which position, which version.</summary>
    public IReadOnlyList<(long Position, int Version, ContractTerms Terms)> Contracts => _contracts;

    /// <summary>The newest version that this partition knows.</summary>
    public (long Position, int Version, ContractTerms Terms) Contract => _contracts[^1];

    /// <summary>Every round, oldest first.</summary>
    public IReadOnlyList<PullRound> Rounds => _rounds;

    /// <summary>The unfinished round, or null.</summary>
    public PullRound? OpenRound => _rounds.Count > 0 && !_rounds[^1].IsFinished ? _rounds[^1] : null;

    /// <summary>Up to which position everything available was offered: the bound of the last round without a filter.</summary>
    public long CoveredUpTo { get; private set; }

    /// <summary>What rounds with a filter have offered since the last one without.</summary>
    public ImmutableArray<PullCover> Covers => _covers;

    /// <summary>The bound of the last round, whatever it asked for; 0 before the first.</summary>
    public long LastBound => _rounds.Count == 0 ? 0 : _rounds[^1].IntervalTo;

    /// <summary>Every recall to this deal, oldest first.</summary>
    public IReadOnlyList<IssuedRecall> Recalls => _recalls;

    /// <summary>Every training run that consumed something of this partition.</summary>
    public IReadOnlyList<TrainingRun> TrainingRuns => _runs;

    /// <summary>Up to which position credits that this partition owed are known to stand in the deal's log.</summary>
    public long CreditsSettledUpTo { get; private set; }

    /// <summary>Up to which position everything that a filter admits was offered.</summary>
    public long CoveredUpToUnder(PullFilter filter)
    {
        var covered = CoveredUpTo;
        foreach (var cover in _covers)
            if (cover.UpTo > covered && filter.IsWithin(cover.Filter))
                covered = cover.UpTo;
        return covered;
    }

    /// <summary>What rounds with a filter will have offered once one more was finished; none after one that asked for everything.</summary>
    internal ImmutableArray<PullCover> CoversAfter(PullFilter filter, long upTo) =>
        filter.IsEverything ? [] : [.. _covers.Where(cover => !cover.Filter.IsWithin(filter)), new PullCover(filter, upTo)];

    /// <summary>The terms of a version that this partition saw.</summary>
    public ContractTerms TermsOf(int version) => _contracts.Last(contract => contract.Version == version).Terms;

    /// <summary>The slice, or null.</summary>
    public DeliveredSlice? Slice(int round, int number) =>
        round >= 1 && round <= _rounds.Count ? _rounds[round - 1].Slice(number) : null;

    /// <summary>The field policies under which a slice left: that of its release, and those that were in force until it was sent last.</summary>
    public IEnumerable<FieldPolicy> FieldsOf(DeliveredSlice slice) =>
        from contract in _contracts
        where contract.Version >= slice.Released.ContractVersion && contract.Position <= slice.SentPosition
        select contract.Terms.Scope.Fields;

    internal LineageSnapshot Freeze() =>
        new(Deal, Partner, [.. _contracts], [.. _rounds.Select(round => round.Freeze())], [.. _runs], CreditsSettledUpTo);

    internal static DealLineage Restore(LineageSnapshot snapshot)
    {
        if (snapshot.Contracts.IsEmpty) throw new ArgumentException($"Deal {snapshot.Deal} has no contract.", nameof(snapshot));
        var lineage = new DealLineage(snapshot.Deal, snapshot.Partner) { CreditsSettledUpTo = snapshot.CreditsSettledUpTo };
        lineage._contracts.AddRange(snapshot.Contracts);
        foreach (var round in snapshot.Rounds) lineage.Add(PullRound.Restore(round, lineage.CoversBeyond(round.IntervalFrom)));
        lineage._runs.AddRange(snapshot.TrainingRuns);
        return lineage;
    }

    internal void See(long position, int version, ContractTerms terms) => _contracts.Add((position, version, terms));

    internal void Open(PullOpened opened, long position) =>
        Add(new PullRound(opened.Round, opened.From, position, opened.Filter, CoversBeyond(opened.From)));

    internal void Issue(IssuedRecall recall) => _recalls.Add(recall);

    internal void Register(TrainingRun run) => _runs.Add(run);

    internal void SettleCredits(long upTo) => CreditsSettledUpTo = Math.Max(CreditsSettledUpTo, upTo);

    private ImmutableArray<PullCover> CoversBeyond(long position) => [.. _covers.Where(cover => cover.UpTo > position)];

    private void Add(PullRound round)
    {
        _rounds.Add(round);
        _covers = CoversAfter(round.Filter, round.IntervalTo);
        if (round.Filter.IsEverything) CoveredUpTo = round.IntervalTo;
    }
}
