using Broker.Domain.Deals;
using Broker.Domain.Releases;

namespace Broker.Domain.Lineage;

/// <summary>What one partition knows of one deal: its contract's versions, its pulls, its recalls, its training runs.</summary>
public sealed class DealLineage(string deal, string partner)
{
    private readonly List<(long Position, int Version, ContractTerms Terms)> _contracts = [];
    private readonly List<PullRound> _rounds = [];
    private readonly List<IssuedRecall> _recalls = [];
    private readonly List<TrainingRun> _runs = [];

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

    /// <summary>Up to which position everything available was offered: the bound of the last round.</summary>
    public long CoveredUpTo => _rounds.Count == 0 ? 0 : _rounds[^1].IntervalTo;

    /// <summary>Every recall to this deal, oldest first.</summary>
    public IReadOnlyList<IssuedRecall> Recalls => _recalls;

    /// <summary>Every training run that consumed something of this partition.</summary>
    public IReadOnlyList<TrainingRun> TrainingRuns => _runs;

    /// <summary>Up to which position credits that this partition owed are known to stand in the deal's log.</summary>
    public long CreditsSettledUpTo { get; private set; }

    /// <summary>The terms of a version that this partition saw.</summary>
    public ContractTerms TermsOf(int version) => _contracts.First(contract => contract.Version == version).Terms;

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
        lineage._rounds.AddRange(snapshot.Rounds.Select(PullRound.Restore));
        lineage._runs.AddRange(snapshot.TrainingRuns);
        return lineage;
    }

    internal void See(long position, int version, ContractTerms terms) => _contracts.Add((position, version, terms));

    internal void Open(PullRound round) => _rounds.Add(round);

    internal void Issue(IssuedRecall recall) => _recalls.Add(recall);

    internal void Register(TrainingRun run) => _runs.Add(run);

    internal void SettleCredits(long upTo) => CreditsSettledUpTo = Math.Max(CreditsSettledUpTo, upTo);
}
