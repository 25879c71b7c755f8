using Broker.Auditor;
using Broker.Domain.Lineage;
using Broker.Domain.Partitions;
using Broker.Domain.Platforms;
using Broker.Domain.Recalls;

namespace Broker.EndToEnd.Audit;

public sealed class RecallAuditTests : AuditTest
{
    [Fact]
    public async Task A_withdrawal_without_its_recall_is_found_at_the_withdrawal()
    {
        var verdict = await FindsAsync(Promise.Recalls, "what user 0's consent does not carry any more", Withdrawn, partition: Without<RecallIssued>());
        var violation = Assert.Single(verdict.Violations);
        Assert.Equal(World.PartitionLog, violation.Log);
        var honest = World.Begin();
        Withdrawn(honest);
        Assert.Equal(honest.Partition.Recalls.Single().Position - 1, violation.Position);
    }

    [Fact]
    public async Task Without_rows_the_verdict_says_that_a_missing_recall_could_not_be_seen()
    {
        var world = World.Begin(forged => forged.ForgePartition = Without<RecallIssued>());
        Withdrawn(world);
        var verdict = await AuditAsync(world, withRows: false);
        Assert.True(verdict.Ok);
        Assert.Contains(verdict.OneSided, sentence => sentence.StartsWith("Recalls:", StringComparison.Ordinal));
        Assert.Empty((await AuditAsync(world)).OneSided);
    }

    [Fact]
    public Task A_withdrawal_of_one_kind_without_its_recall_is_found() =>
        FindsAsync(Promise.Recalls, "what user 0's consent does not carry any more", partition: Without<RecallIssued>(), story: world =>
        {
            world.Pull();
            world.Decide(0, Given.Withdrawal(world.Now) with { Kinds = RecordKind.Comment.ToSet() });
        });

    [Fact]
    public Task A_recall_of_less_than_was_withdrawn_is_found() =>
        FindsAsync(Promise.Recalls, "what user 0's consent does not carry any more", Withdrawn, partition: Nth<RecallIssued>(1, issued =>
            issued with { Recall = issued.Recall with { Coverage = RecallCoverage.OfUser(0, RecordKind.Post.ToSet()) } }));

    [Fact]
    public Task A_recall_of_another_user_than_the_one_who_withdrew_is_found() =>
        FindsAsync(Promise.Recalls, "what user 0's consent does not carry any more", Withdrawn, partition: Nth<RecallIssued>(1, issued =>
            issued with { Recall = issued.Recall with { Coverage = RecallCoverage.OfUser(1, RecordKinds.All) } }));

    [Fact]
    public Task A_recall_to_one_of_two_deals_is_found() =>
        FindsAsync(Promise.Recalls, "Deal other holds what user 0's consent", partition: Nth<RecallIssued>(2, _ => null), story: world =>
        {
            world.Propose("other", Given.Terms, "globex");
            world.Pull();
            world.Pull("other");
            world.Decide(0, Given.Withdrawal(world.Now));
        });

    [Fact]
    public Task A_recall_that_comes_later_than_the_withdrawals_own_append_is_found() =>
        FindsAsync(
            Promise.Recalls,
            "what user 0's consent does not carry any more",
            Withdrawn,
            partition: Nth<RecallIssued>(1, _ => null),
            crime: world =>
            {
                world.Append(new TrainingRunRegistered(Given.Pact, new TrainingRun("run", "model", [new SliceRun(1, 1, 1)]))); // an append of its own
                world.Append(new RecallIssued(new Recall(1, Given.Pact, RecallCause.Withdrawal, RecallCoverage.OfUser(0, RecordKinds.All), world.Now)));
            });

    [Theory]
    [InlineData(RemovalCause.Deleted)]
    [InlineData(RemovalCause.Replaced)]
    [InlineData(RemovalCause.NoLongerPublic)]
    public Task A_removed_record_without_its_recall_is_found(RemovalCause cause) =>
        FindsAsync(Promise.Recalls, "what user 0's consent does not carry any more", partition: Without<RecallIssued>(), story: world =>
        {
            world.Pull();
            world.Remove("a0", cause);
        });

    [Fact]
    public Task An_erasure_without_its_recall_is_found() =>
        FindsAsync(Promise.Recalls, "what user 0's consent does not carry any more", partition: Without<RecallIssued>(), story: world =>
        {
            world.Pull();
            world.Erase(0);
        });

    [Fact]
    public Task A_move_without_its_recall_is_found() =>
        FindsAsync(Promise.Recalls, "what user 0's consent does not carry any more", partition: Without<RecallIssued>(), story: world =>
        {
            world.Pull();
            world.Move(0, "EU");
        });

    [Fact]
    public Task A_narrowed_contract_without_its_recall_is_found() =>
        FindsAsync(Promise.Recalls, "version 2 does not license row", partition: Without<RecallIssued>(), story: world =>
        {
            world.Pull();
            world.Amend(Given.Pact, Given.PostsOnly);
        });

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public Task A_tightened_policy_without_its_recall_is_found(bool withRows) =>
        FindsAsync(Promise.Recalls, "takes something away came in force, and deal pact was told nothing", withRows: withRows, partition: Without<RecallIssued>(), story: world =>
        {
            world.Pull();
            world.Announce(Given.Policy with { Version = 2, Kinds = RecordKind.Post.ToSet(), EffectiveAt = world.Now });
        });

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public Task An_end_with_a_duty_to_delete_and_no_recall_is_found(bool withRows) =>
        FindsAsync(Promise.Recalls, "ended with a duty to delete", withRows: withRows, partition: Without<RecallIssued>(), story: world =>
        {
            world.Pull();
            world.Terminate(Given.Pact);
        });

    [Fact]
    public Task A_term_that_ran_out_with_a_duty_to_delete_and_no_recall_is_found() =>
        FindsAsync(Promise.Recalls, "ended with a duty to delete", partition: Without<RecallIssued>(), story: world =>
        {
            world.Pull();
            world.Now = Given.Terms.TermEnd;
            world.Sweep();
        });

    [Theory]
    [InlineData(3, true)]
    [InlineData(3, false)]
    [InlineData(4, true)]
    public Task A_recall_of_what_never_left_is_found(int user, bool withRows) =>
        FindsAsync(Promise.Recalls, "names nothing that the deal ever got", world => world.Pull(), withRows: withRows, crime: world =>
            world.Append(new RecallIssued(new Recall(1, Given.Pact, RecallCause.Withdrawal, RecallCoverage.OfUser(user, RecordKinds.All), world.Now))));

    [Fact]
    public Task A_recall_of_a_dropped_slice_is_found() =>
        FindsAsync(
            Promise.Recalls,
            "names nothing that the deal ever got",
            world =>
            {
                world.OpenRound();
                world.Drop(Given.Pact, world.Release(mostRecords: 3)!);
            },
            world => world.Append(new RecallIssued(new Recall(1, Given.Pact, RecallCause.Withdrawal, RecallCoverage.OfUser(0, RecordKinds.All), world.Now))));

    [Fact]
    public Task A_recall_that_gives_more_time_than_the_contract_is_found() =>
        FindsAsync(Promise.Recalls, "is due later than the contract's deadline", Withdrawn, partition: Nth<RecallIssued>(1, issued =>
            issued with { Recall = issued.Recall with { DueAt = issued.Recall.DueAt.AddMinutes(1) } }));

    [Theory]
    [InlineData(RecallVerdict.RetainedInModel, "ghost")]
    [InlineData(RecallVerdict.LegalHold, "")]
    public Task An_answer_that_names_no_run_or_hold_is_found(RecallVerdict verdict, string reference) =>
        FindsAsync(Promise.Recalls, "names no training run or hold", Withdrawn, world =>
            world.Append(new RecallAnswered(1, new RecallAnswer(verdict, reference, "lab-engineer", "00"))));

    [Fact]
    public async Task Recalls_are_counted_and_overdue_ones_too()
    {
        var world = World.Begin();
        world.Pull();
        world.Do((_, _) => Domain.Decision<PartitionEvent>.Of(new TrainingRunRegistered(Given.Pact, new TrainingRun("run", "model", [new SliceRun(1, 1, 9)]))));
        for (var user = 0; user < 3; user++) world.Decide(user, Given.Withdrawal(world.Now));
        world.Answer(1, RecallVerdict.Deleted);
        world.Answer(2, RecallVerdict.RetainedInModel, "run");
        world.Now += TimeSpan.FromDays(2);
        world.Tell(5); // anything: the newest entry says what time it is
        var totals = (await AuditAsync(world)).Totals;
        Assert.Equal((3, 2, 1), (totals.RecallsIssued, totals.RecallsAnswered, totals.RecallsOverdue));
        Assert.Equal((World.Users, 4), (totals.Users, totals.UsersWithdrawn));
        Assert.Equal((12, 12, 12_000), (totals.ReleasedRecords, totals.PostedRecords, totals.ReleasedMoneyMicros["USD"]));
    }

    private static void Withdrawn(World world)
    {
        world.Pull();
        world.Decide(0, Given.Withdrawal(world.Now));
    }

    private static Func<PartitionEvent, PartitionEvent?> Without<T>()
        where T : PartitionEvent => fact => fact is T ? null : fact;
}
