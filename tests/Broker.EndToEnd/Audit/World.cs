using Broker.Domain;
using Broker.Domain.Consents;
using Broker.Domain.Deals;
using Broker.Domain.Merges;
using Broker.Domain.Partitions;
using Broker.Domain.Platforms;
using Broker.Domain.Tokens;
using Broker.Grains.Deals;
using Broker.Grains.Partitions;

namespace Broker.EndToEnd.Audit;

/// <summary>One partition and its deals as the product's own rules make them, written by the product's own codecs.</summary>
/// <remarks>A forger may sit at the pen: <see cref="ForgePartition"/> and <see cref="ForgeDeal"/> see each event before it is
/// applied and written, and may change it, or leave it out.</remarks>
internal sealed partial class World
{
    public const string Platform = "acme";
    public const string Dataset = "posts";
    public const string PartitionLog = "platforms/acme/partitions/0";

    /// <summary>Free to leave by silence or grant: 0, 1, 2 and 5. Not: 3 (lives in the EU, said nothing), 4 (withdrew).</summary>
    public const int Users = 6;

    private static readonly PartitionLogCodec PartitionCodec = new();
    private static readonly DealLogCodec DealCodec = new();

    private int _segments;

    public TestLogs Logs { get; } = new();

    public PartitionState Partition { get; } = new();

    public Dictionary<string, DealState> Deals { get; } = new(StringComparer.Ordinal);

    /// <summary>A merge that is being written.</summary>
    public MergePlan? Planned { get; private set; }

    public DateTimeOffset Now { get; set; } = Given.Start;

    public Func<PartitionEvent, PartitionEvent?> ForgePartition { get; set; } = fact => fact;

    public Func<DealEvent, DealEvent?> ForgeDeal { get; set; } = fact => fact;

    public static string DealLog(string deal) => $"platforms/{Platform}/deals/{deal}";

    /// <summary>Decides in the partition and writes what follows.</summary>
    public Decision<PartitionEvent> Do(Func<PartitionState, DateTimeOffset, Decision<PartitionEvent>> decide)
    {
        var decision = decide(Partition, Now);
        foreach (var fact in decision.Events) Append(fact);
        return decision;
    }

    /// <summary>Decides in a deal and writes what follows.</summary>
    public Decision<DealEvent> Do(string deal, Func<DealState, DateTimeOffset, Decision<DealEvent>> decide)
    {
        var decision = decide(DealOf(deal), Now);
        foreach (var fact in decision.Events) Append(deal, fact);
        return decision;
    }

    public void Append(PartitionEvent fact)
    {
        if (ForgePartition(fact) is not { } written) return;
        Partition.Apply(Partition.Position + 1, Now, written);
        Logs.Append(PartitionLog, Now, PartitionCodec.Encode(written));
    }

    public void Append(string deal, DealEvent fact)
    {
        if (ForgeDeal(fact) is not { } written) return;
        var state = DealOf(deal);
        state.Apply(state.Position + 1, Now, written);
        Logs.Append(DealLog(deal), Now, DealCodec.Encode(written));
    }

    /// <summary>Writes an entry that the product's own state could not even hold.</summary>
    public void Write(PartitionEvent fact) => Logs.Append(PartitionLog, Now, PartitionCodec.Encode(fact));

    /// <inheritdoc cref="Write(PartitionEvent)"/>
    public void Write(string deal, DealEvent fact) => Logs.Append(DealLog(deal), Now, DealCodec.Encode(fact));

    /// <summary>A partition whose users were told, whose notice has run, with two posts and a comment of each user; and a deal in force.</summary>
    public static World Begin(Action<World>? forge = null)
    {
        var world = new World();
        forge?.Invoke(world);
        world.Do((state, _) => DatasetRules.Create(state, Platform, 0, 1));
        world.Announce(Given.Policy);
        for (var user = 0; user < Users; user++) world.Append(new UserAdded(user, [(byte)user], user == 3 ? "EU" : ""));
        world.Tell(0, 1, 2, 3, 4);
        world.Decide(5, Given.Grant(world.Now));
        world.Decide(4, Given.Withdrawal(world.Now));
        world.Now += TimeSpan.FromDays(31);
        world.Sweep();
        world.Add(RecordKind.Post, "a", "b");
        world.Add(RecordKind.Comment, "c");
        world.Propose(Given.Pact, Given.Terms);
        world.Learn(Given.Pact);
        return world;
    }

    public void Announce(Policy policy)
    {
        Do((state, now) => ConsentDecisions.Announce(state, policy, now));
        Sweep();
    }

    public void Tell(params IEnumerable<int> users) => Do((state, now) => ConsentDecisions.GiveNotices(state, [.. users.Select(user => new UserNotice(user, now, null))], now));

    public void Move(int user, string jurisdiction) => Do((state, now) => ConsentDecisions.GiveNotices(state, [new UserNotice(user, null, jurisdiction)], now));

    public void Decide(int user, ConsentDecision decision) => Do((state, now) => ConsentDecisions.Decide(state, user, decision, now));

    /// <summary>Does what is due, until nothing is.</summary>
    public void Sweep()
    {
        while (!Do(ConsentDecisions.Sweep).Events.IsEmpty) { }
        foreach (var deal in Deals.Keys) SweepDeal(deal);
    }

    /// <summary>Adds one record of each user under each letter.</summary>
    public void Add(RecordKind kind, params IEnumerable<string> letters) =>
        Add(letters.SelectMany(letter => Enumerable.Range(0, Users).Select(user => new TestRow($"{letter}{user}", user, kind))));

    public void Add(params IEnumerable<TestRow> rows)
    {
        var segment = new TestRows($"s{_segments++}", Dataset, rows);
        Attach(segment);
        Do((state, now) => DatasetRules.CommitImport(state, "import", state.ManifestPosition, [segment.Info], [], now));
    }

    public void Remove(string record, RemovalCause cause = RemovalCause.Deleted) => Do((state, now) => DatasetRules.Remove(state, [Removal(record, cause)], now));

    /// <summary>Begins a merge of segments of one kind, if any are to be merged.</summary>
    public void PlanMerge(TimeSpan rewriteAfter, int fanIn = 2) =>
        Planned = MergeRules.Next(Partition, new GoneWatch(), Now, new MergeLimits(fanIn, 1_000_000, 1_000, rewriteAfter), new HashSet<string>());

    /// <summary>Writes the planned merge and swaps its segments.</summary>
    /// <param name="change">Merges something else than was planned.</param>
    public void Merge(Func<MergePlan, MergePlan>? change = null)
    {
        if (Planned is not { } planned) return;
        Planned = null;
        var plan = change?.Invoke(planned) ?? planned;
        var outputs = TestRows.Merge(plan, [.. plan.Inputs.Select(input => (TestRows)Partition.Segment(input.Info.Id).Rows)]);
        foreach (var output in outputs) Attach((TestRows)output.Rows);
        Do((state, _) => MergeRules.Swap(state, plan, outputs));
    }

    /// <summary>The files of merged segments are gone: the auditor gets nothing of them any more.</summary>
    public void DeleteRetired()
    {
        if (Partition.Retired.Count == 0) return;
        foreach (var retired in Partition.Retired) Logs.Detach(retired.Info.Id);
        Append(new SegmentsDeleted([.. Partition.Retired.Select(retired => retired.Info.Id)]));
    }

    public void Erase(int user) => Do((state, now) => DatasetRules.Erase(state, user, [(byte)user], now));

    public RecordRemoved Removal(string record, RemovalCause cause = RemovalCause.Deleted)
    {
        var (segment, row) = Partition.Segments
            .SelectMany(segment => Enumerable.Range(0, segment.Rows.Count).Select(row => (Segment: segment, Row: row)))
            .First(place => place.Segment.Rows.IdAt(place.Row) == record);
        return new RecordRemoved(
            segment.Rows.UserAt(row), segment.Info.Id, row, segment.Info.Kind, segment.Rows.LanguageAt(row), segment.Rows.KeyAt(row).CreatedAtMs, segment.AddedAt(row), [9], cause);
    }

    /// <summary>Counts all tokens that wait for it.</summary>
    public void CountTokens()
    {
        while (TokenRules.Next(Partition, Now, new HashSet<string>()) is { } next)
            Do((state, _) => TokenRules.Count(state, next.Segment.Info.Id, TestRows.TokensOf(next.Segment.Info.Id, next.Tokenizer)));
    }

    private void Attach(TestRows rows)
    {
        Logs.Attach(rows);
        Partition.Attach(rows);
        foreach (var tokenizer in Tokenizers.All) Partition.Attach(new TestCounts(rows, tokenizer));
    }

    private DealState DealOf(string deal) => Deals.TryGetValue(deal, out var known) ? known : Deals[deal] = new DealState();
}
