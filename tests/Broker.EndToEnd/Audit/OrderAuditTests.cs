using Broker.Auditor;
using Broker.Domain.Lineage;
using Broker.Domain.Partitions;
using Broker.Domain.Platforms;
using Broker.Domain.Recalls;
using Broker.Domain.Releases;

namespace Broker.EndToEnd.Audit;

public sealed class OrderAuditTests : AuditTest
{
    [Fact]
    public Task A_partition_that_was_never_created_is_found() =>
        FindsAsync(Promise.Order, "does not begin with the partition's creation", partition: fact => fact is PartitionCreated ? null : fact, fromTheStart: true);

    [Fact]
    public Task A_partition_that_was_created_twice_is_found() =>
        FindsAsync(Promise.Order, "was created twice", crime: world => world.Write(new PartitionCreated(World.Platform, 0, 1)));

    [Fact]
    public Task A_log_under_another_partitions_name_is_found() =>
        FindsAsync(Promise.Order, "not of the one that it is named after", crime: world => world.Logs.Rename(World.PartitionLog, "platforms/acme/partitions/1"));

    [Fact]
    public Task A_log_of_no_known_kind_is_found() =>
        FindsAsync(Promise.Order, "neither a partition's nor a deal's", crime: world => world.Logs.Rename(World.DealLog(Given.Pact), "platforms/acme/things/pact"));

    [Fact]
    public Task A_deals_log_that_is_missing_is_found() =>
        FindsAsync(Promise.Charges, "The deal's log is missing", world => world.Pull(), world => world.Logs.Remove(World.DealLog(Given.Pact)));

    [Fact]
    public Task A_partitions_log_that_is_missing_is_found_by_what_its_deals_posted() =>
        FindsAsync(Promise.Charges, "no slice was released under it", world => world.Pull(), world => world.Logs.Remove(World.PartitionLog));

    [Theory]
    [InlineData(World.PartitionLog)]
    [InlineData("platforms/acme/deals/pact")]
    public Task An_entry_of_a_kind_that_nobody_knows_is_found(string log) =>
        FindsAsync(Promise.Order, "of a kind that this auditor does not know", crime: world => world.Logs.Append(log, world.Now, Array.Empty<byte>()));

    [Theory]
    [InlineData(World.PartitionLog, "is no event of a partition")]
    [InlineData("platforms/acme/deals/pact", "is no event of a deal")]
    public Task An_entry_that_is_no_event_is_found(string log, string sentence) =>
        FindsAsync(Promise.Order, sentence, crime: world => world.Logs.Append(log, world.Now, new byte[] { 0xFF, 0xFF, 0xFF }));

    [Theory]
    [MemberData(nameof(Crimes))]
    public Task An_entry_that_does_not_follow_from_those_before_it_is_found(string sentence, int crime) =>
        FindsAsync(Promise.Order, sentence, world => world.Pull(), world => world.Write(All[crime].Fact));

    public static TheoryData<string, int> Crimes()
    {
        var data = new TheoryData<string, int>();
        foreach (var (index, (sentence, _)) in All.Index()) data.Add(sentence, index);
        return data;
    }

    private static readonly (string Sentence, PartitionEvent Fact)[] All =
    [
        ("User 8 was added where 6 is next", new UserAdded(8, [1], "")),
        ("User 7 is not known", new ConsentChanged(7, Given.Grant(Given.Start))),
        ("User 7 is not known", new JurisdictionChanged(7, "EU")),
        ("User 7 is not known", new UserErased(7, [1])),
        ("Policy 3 was announced where 2 is next", new PolicyAnnounced(Given.Policy with { Version = 3 })),
        ("Policy 1 came in force without being announced, or out of its turn", new PolicyInForce(1)),
        ("Policy 2 came in force without being announced, or out of its turn", new PolicyInForce(2)),
        ("A notice tells of policy 2, which was not announced", new NoticesGiven(2, Given.Start, null, [])),
        ("Segment s0 was added twice", new RecordsAdded("again", new SegmentInfo("s0", World.Dataset, RecordKind.Post, 1, 1, [1], [1]))),
        ("was removed and never added", new RecordRemoved(0, "nowhere", 0, RecordKind.Post, "", 0, 1, [1], RemovalCause.Deleted)),
        ("was removed and never added", new RecordRemoved(0, "s0", 99, RecordKind.Post, "", 0, 1, [1], RemovalCause.Deleted)),
        ("User 0's key was destroyed without an erasure", new UserKeyDestroyed(0)),
        ("version 1 was seen again", new ContractSeen(Given.Pact, Given.Lab, 1, Given.Terms)),
        ("changed its partner", new ContractSeen(Given.Pact, "globex", 2, Given.Terms)),
        ("Version 2 of platforms/acme/deals/pact was never in force", new ContractSeen(Given.Pact, Given.Lab, 2, Given.Terms)),
        ("Deal ghost is not known", new PullOpened("ghost", 1, 1, 0)),
        ("Round 7 of deal pact was never opened", new PullFinished(Given.Pact, 7)),
        ("Slice 70 of round 1 of deal pact was never released", new Confirmed(Given.Pact, 1, [70], SliceOutcome.Received)),
        ("Deal ghost is not known", new CreditsSettled("ghost", 1)),
        ("Deal ghost is not known", new TrainingRunRegistered("ghost", new TrainingRun("run", "model", []))),
        ("opened under version 9; 1 is the newest seen", new PullOpened(Given.Pact, 2, 9, 0)),
        ("Recall 5 was issued where 1 is next", new RecallIssued(new Recall(5, Given.Pact, RecallCause.Withdrawal, RecallCoverage.OfUser(0, RecordKinds.All), Given.Start))),
        ("Recall 1 was answered and never issued", new RecallAnswered(1, new RecallAnswer(RecallVerdict.Deleted, "", "lab-engineer", "00"))),
    ];

    [Fact]
    public Task A_slice_under_a_version_that_is_not_the_newest_is_found() =>
        FindsAsync(
            Promise.Order,
            "was released under version 2; 1 is the newest seen",
            world => world.Pull(),
            partition: Nth<Released>(1, released => released with { Slice = released.Slice with { ContractVersion = 2 } }));

    [Fact]
    public Task A_slice_that_reaches_users_who_are_not_there_is_found() =>
        FindsAsync(
            Promise.Order,
            "reaches user 90; the partition has 6",
            world => world.Pull(),
            partition: Nth<Released>(3, released => released with { Slice = released.Slice with { To = new PullCursor(90, RowKey.Last) } }));

    [Theory]
    [InlineData("with other terms", true)]
    [InlineData("the partition released to globex", false)]
    public Task A_contract_that_the_partition_knows_otherwise_than_the_deal_is_found(string sentence, bool isPrice) =>
        FindsAsync(Promise.Order, sentence, fromTheStart: true, partition: Nth<ContractSeen>(1, seen => isPrice
            ? seen with { Terms = seen.Terms with { Price = seen.Terms.Price with { Micros = 1 } } }
            : seen with { Partner = "globex" }));
}
