using Broker.Domain.Consents;
using Broker.Domain.Deals;
using Broker.Domain.Lineage;
using Broker.Domain.Merges;
using Broker.Domain.Partitions;
using Broker.Domain.Platforms;
using Broker.Domain.Releases;
using Broker.Domain.Tokens;

namespace Broker.Domain.Tests.Generators;

/// <summary>A partition's state beside the log that made it. Time stands still until a test moves it.</summary>
internal sealed class PartitionLog
{
    private readonly List<(DateTimeOffset At, PartitionEvent Fact)> _entries = [];
    private readonly List<ArrayRows> _rows = [];

    public PartitionState State { get; private init; } = new();

    public DateTimeOffset Now { get; set; } = Given.Start;

    public IReadOnlyList<(DateTimeOffset At, PartitionEvent Fact)> Entries => _entries;

    /// <summary>A merge that is being written.</summary>
    public MergePlan? Planned { get; set; }


    /// <summary>Called with each entry once it is applied: its position and the fact.</summary>
    public Action<long, PartitionEvent>? Applied { get; set; }

    /// <summary>The ids of each slice as they were selected when it was released: what the lineage must tell from the log alone.</summary>
    public Dictionary<(string Deal, int Round, int Number), string[]> Sent { get; } = [];

    public Decision<PartitionEvent> Do(Func<PartitionState, DateTimeOffset, Decision<PartitionEvent>> decide)
    {
        var decision = decide(State, Now);
        foreach (var fact in decision.Events) Append(fact);
        return decision;
    }

    public PartitionLog With(params IEnumerable<PartitionEvent> facts)
    {
        foreach (var fact in facts) Append(fact);
        return this;
    }

    public void Append(PartitionEvent fact)
    {
        State.Apply(State.Position + 1, Now, fact);
        _entries.Add((Now, fact));
        Applied?.Invoke(State.Position, fact);
    }

    public void Attach(ArrayRows rows)
    {
        _rows.Add(rows);
        Attach(State, rows);
    }

    /// <summary>Counts all tokens that wait for it.</summary>
    public void CountAll()
    {
        while (TokenRules.Next(State, Now, new HashSet<string>()) is { } next) Count(next.Segment.Info.Id, next.Tokenizer);
    }

    public Decision<PartitionEvent> Count(string segment, string tokenizer) => Do((state, _) => TokenRules.Count(state, segment, ArrayCounts.Named(segment, tokenizer)));

    /// <summary>Plans a merge of what there is, or of what is overdue.</summary>
    public void PlanMerge(MergeLimits limits) => Planned = MergeRules.Next(State, new GoneWatch(), Now, limits, new HashSet<string>());

    /// <summary>Writes the planned merge and swaps its segments.</summary>
    public Decision<PartitionEvent>? Merge()
    {
        if (Planned is not { } plan) return null;
        Planned = null;
        var outputs = ArrayRows.Merge(plan, [.. plan.Inputs.Select(input => (ArrayRows)State.Segment(input.Info.Id).Rows)]);
        foreach (var output in outputs) Attach((ArrayRows)output.Rows);
        return Do((state, _) => MergeRules.Swap(state, plan, outputs));
    }

    /// <summary>The same log and time, going on from another state of it.</summary>
    public PartitionLog GoOn(PartitionState state)
    {
        var log = new PartitionLog { State = state, Now = Now, Planned = Planned };
        foreach (var rows in _rows) log.Attach(rows);
        log._entries.AddRange(_entries);
        return log;
    }

    /// <summary>Another state from the first entries of the same log.</summary>
    public PartitionState Replay(int count)
    {
        var state = new PartitionState();
        foreach (var rows in _rows) Attach(state, rows);
        foreach (var (index, entry) in _entries.Take(count).Index()) state.Apply(index + 1, entry.At, entry.Fact);
        return state;
    }

    public PartitionState Replay() => Replay(_entries.Count);

    public PartitionLog WithUsers(int count, string jurisdiction = "")
    {
        for (var added = 0; added < count; added++) Append(new UserAdded(State.Consents.UserCount, [(byte)added], jurisdiction));
        return this;
    }

    /// <summary>Announces a policy and puts it in force.</summary>
    public PartitionLog WithPolicy(Policy policy) => With(new PolicyAnnounced(policy), new PolicyInForce(policy.Version));

    /// <summary>Adds the rows, one segment for each kind.</summary>
    public PartitionLog WithRows(string dataset, params IEnumerable<Row> rows)
    {
        foreach (var perKind in rows.GroupBy(row => row.Kind)) WithSegment(dataset, perKind);
        return this;
    }

    public PartitionLog WithSegment(string dataset, IEnumerable<Row> rows)
    {
        var segment = new ArrayRows($"s{_rows.Count}", dataset, rows);
        Attach(segment);
        Append(new RecordsAdded("import", segment.Info));
        return this;
    }

    public PartitionLog Decide(int user, ConsentDecision decision) => With(new ConsentChanged(user, decision));

    public DealLineage See(string deal, ContractTerms terms, int version = 1, string partner = Given.Acme)
    {
        Append(new ContractSeen(deal, partner, version, terms));
        return State.Deals[deal];
    }

    /// <summary>The place of a record, by its id.</summary>
    public (PartitionSegment Segment, int Row) Find(string id)
    {
        foreach (var segment in State.Segments)
            for (var row = 0; row < segment.Rows.Count; row++)
                if (segment.Rows.IdAt(row) == id && !segment.IsRemovedAt(row, State.Position))
                    return (segment, row);
        throw new InvalidOperationException($"No record {id}.");
    }

    public RecordRemoved Removal(string id, RemovalCause cause = RemovalCause.Deleted)
    {
        var (segment, row) = Find(id);
        return new RecordRemoved(
            segment.Rows.UserAt(row), segment.Info.Id, row, segment.Info.Kind, segment.Rows.LanguageAt(row),
            segment.Rows.KeyAt(row).CreatedAtMs, segment.AddedAt(row), [9], cause);
    }

    public void Remove(string id) => Do((state, now) => DatasetRules.Remove(state, [Removal(id)], now));

    /// <summary>Opens a round and releases everything in slices of at most <paramref name="most"/>, without a quota; then finishes it.</summary>
    /// <returns>The ids of each slice.</returns>
    public List<string[]> PullAll(string deal, Amounts? most = null, PullFilter? filter = null)
    {
        var slices = new List<string[]>();
        var lineage = State.Deals[deal];
        if (lineage.OpenRound is null && Do((state, _) => ReleaseRules.OpenRound(state, lineage, filter)).Events.IsEmpty) return slices;
        while (ReleaseNext(deal, most ?? Amounts.Largest) is { } ids) slices.Add(ids);
        Do((_, _) => ReleaseRules.FinishRound(lineage, lineage.OpenRound!));
        return slices;
    }

    /// <summary>Releases the next slice of the open round; null when the round has nothing more.</summary>
    public string[]? ReleaseNext(string deal, Amounts most)
    {
        SliceSelection? slice = null;
        Release(State.Deals[deal], most, ref slice);
        return slice is null ? null : IdsOf(slice);
    }

    /// <summary>Releases the next slice of the open round; null when the round has nothing more.</summary>
    public Decision<PartitionEvent>? Release(DealLineage deal, Amounts most)
    {
        SliceSelection? slice = null;
        return Release(deal, most, ref slice);
    }

    private Decision<PartitionEvent>? Release(DealLineage deal, Amounts most, ref SliceSelection? slice)
    {
        var round = deal.OpenRound!;
        foreach (var (from, to) in round.Ranges)
        {
            var selected = SliceSelector.Select(State, deal, round, from, to, most);
            if (selected.IsEmpty) continue;
            SliceSelection? released = null;
            var decision = Do((state, now) => ReleaseRules.Release(state, deal, round, selected, Hold(deal, round, selected.Amounts), now, out released));
            slice = released;
            if (decision.Events is [Released fact]) Sent.Add((deal.Deal, fact.Slice.Round, fact.Slice.Number), IdsOf(released!));
            return decision;
        }

        return null;
    }

    private static void Attach(PartitionState state, ArrayRows rows)
    {
        state.Attach(rows);
        foreach (var tokenizer in Tokenizers.All) state.Attach(new ArrayCounts(rows, tokenizer));
    }

    /// <summary>A reservation that pays for just this.</summary>
    public HeldReservation Hold(DealLineage deal, PullRound round, Amounts allowance) => new(
        new ReservationId(round.Number, 0, round.Slices.Count + 1, State.Position, 1).ToString(), deal.Contract.Version, allowance, Now.AddDays(1));

    public static string[] IdsOf(SliceSelection slice) =>
        [.. slice.Runs.SelectMany(run => Enumerable.Range(run.From, run.Count).Select(row => run.Segment.Rows.IdAt(row)))];
}
