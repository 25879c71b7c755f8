using System.Collections.Immutable;
using Broker.Domain;
using Broker.Domain.Consents;
using Broker.Domain.Deals;
using Broker.Domain.Lineage;
using Broker.Domain.Partitions;
using Broker.Domain.Platforms;
using Broker.Domain.Releases;

namespace Broker.Benchmarks.States;

/// <summary>A partition's state, folded out of entries as a node folds it out of its log.</summary>
internal sealed class GrownPartition
{
    /// <summary>The dataset of its records.</summary>
    public const string Dataset = "posts";

    /// <summary>When its first policy came in force.</summary>
    public static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly ImmutableArray<byte> Digest = [.. new byte[32]];

    private long _position;

    /// <summary>The state.</summary>
    public PartitionState State { get; } = new();

    /// <summary>A partition of users who have decided nothing and were told of a policy whose notice has run: its default.</summary>
    /// <param name="users">How many.</param>
    /// <param name="sealedIdOf">A user's sealed id.</param>
    public static GrownPartition OfUsers(int users, Func<int, ImmutableArray<byte>> sealedIdOf)
    {
        var partition = new GrownPartition();
        partition.Fold(new PartitionCreated("acme", 0, 1));
        partition.Fold(new PolicyAnnounced(new Policy
        {
            Version = 1,
            Kinds = RecordKinds.Post,
            Purposes = Purposes.FoundationModelTraining,
            EffectiveAt = Start,
            DefaultRule = new JurisdictionRule("", Regime.OptOut, 30),
            ObjectionChannel = "https://acme.example/object",
        }));
        partition.Fold(new PolicyInForce(1));
        for (var user = 0; user < users; user++) partition.Fold(new UserAdded(user, sealedIdOf(user), ""));
        partition.Fold(new NoticesGiven(1, Start, Start.AddDays(30), [new UserRun(0, users - 1)]));
        partition.Fold(new NoticeRun(1, Start.AddDays(30), [new UserRun(0, users - 1)]));
        return partition;
    }

    /// <summary>Every user turns out to live somewhere: from then on each has a history.</summary>
    public void Move()
    {
        for (var user = 0; user < State.Consents.UserCount; user++) Fold(new JurisdictionChanged(user, "IE"));
    }

    /// <summary>Every user grants: from then on each has a history.</summary>
    public void Grant()
    {
        for (var user = 0; user < State.Consents.UserCount; user++) Fold(DecisionOf(user, ConsentChoice.Grant));
    }

    /// <summary>One user of so many withdraws, the first one too.</summary>
    public void Withdraw(int every)
    {
        for (var user = 0; user < State.Consents.UserCount; user += every) Fold(DecisionOf(user, ConsentChoice.Withdraw));
    }

    /// <summary>What a user's decision for this partition's records is, as its log says it.</summary>
    public static ConsentChanged DecisionOf(int user, ConsentChoice choice) =>
        new(user, new ConsentDecision(Start, Purposes.FoundationModelTraining, RecordKinds.Post, null, choice, ConsentSource.User));

    /// <summary>Adds a record of each user.</summary>
    public void AddRecords()
    {
        var rows = new OneRowEach(State.Consents.UserCount);
        Add(rows, new SegmentInfo(rows.SegmentId, Dataset, rows.Kind, rows.Count, rows.Count * 100L, Digest, Digest));
    }

    /// <summary>Adds a segment of posts.</summary>
    public void Add(SegmentRows rows, SegmentInfo info)
    {
        State.Attach(rows);
        Fold(new RecordsAdded("import", info));
    }

    /// <summary>A deal opens its first round and has pulled nothing yet.</summary>
    public DealLineage Open(string deal)
    {
        Fold(new ContractSeen(deal, $"lab-{deal}", 1, Terms));
        Fold(new PullOpened(deal, 1, 1, 0));
        return State.Deals[deal];
    }

    /// <summary>A deal pulls everything, in slices.</summary>
    public void Pull(string deal, int slices)
    {
        Open(deal);
        var (users, interval) = (State.Consents.UserCount, _position - 1);
        for (var slice = 0; slice < slices; slice++)
        {
            var (from, to) = (((long)users * slice / slices) - 1, ((long)users * (slice + 1) / slices) - 1);
            Fold(new Released(deal, new ReleasedSlice(
                1, slice + 1, new PullCursor((int)from, RowKey.Last), new PullCursor((int)to, RowKey.Last), 0, interval, [], 1, $"1/0/1/{slice + 1}@1", new Amounts(to - from, (to - from) * 100, 0, to - from), Digest)));
        }

        Fold(new PullFinished(deal, 1));
    }

    private static ContractTerms Terms { get; } = new()
    {
        Scope = new Scope { Datasets = [Dataset], Kinds = RecordKinds.Post, Purposes = Purposes.FoundationModelTraining },
        Price = new Price(PriceModel.PerRecord, 1, "USD"),
        TermStart = Start,
        TermEnd = Start.AddYears(5),
    };

    private void Fold(PartitionEvent fact) => State.Apply(++_position, Start.AddSeconds(_position), fact);

    /// <summary>A segment with a row of each user.</summary>
    private sealed class OneRowEach(int users) : SegmentRows
    {
        public override string SegmentId => "segment";

        public override string Dataset => GrownPartition.Dataset;

        public override RecordKind Kind => RecordKind.Post;

        public override int Count => users;

        public override int UserAt(int row) => row;

        public override RowKey KeyAt(int row) => new(Kind, row, (ulong)row);

        public override string LanguageAt(int row) => "en";

        public override long BytesOf(int from, int to, FieldPolicy policy) => (to - from) * 100L;

        public override string IdAt(int row) => row.ToString(System.Globalization.CultureInfo.InvariantCulture);
    }
}
