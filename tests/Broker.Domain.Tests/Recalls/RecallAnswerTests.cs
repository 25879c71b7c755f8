using Broker.Domain.Lineage;
using Broker.Domain.Partitions;
using Broker.Domain.Recalls;
using Broker.Domain.Tests.Generators;

namespace Broker.Domain.Tests.Recalls;

public sealed class RecallAnswerTests
{
    private const string Deal = "d";
    private static readonly RecallAnswer Deleted = new(RecallVerdict.Deleted, "", "acme-bot", "aa");
    private readonly PartitionLog _log = new PartitionLog().WithPolicy(Given.OptIn).WithUsers(1);

    public RecallAnswerTests()
    {
        _log.Decide(0, Given.Grant(Given.Start)).WithRows(Given.Posts, new Row("a", 0));
        _log.See(Deal, Given.Terms);
        _log.PullAll(Deal);
        foreach (var run in (string[])["run-1", "run-2"]) _log.Append(new TrainingRunRegistered(Deal, new TrainingRun(run, "model", [new SliceRun(1, 1, 1)])));
        _log.Remove("a");
    }

    [Fact]
    public void A_recall_that_was_answered_as_deleted_leaves_nothing()
    {
        Assert.False(IsDeleted(_log.State));
        Answer(Deleted);

        Assert.True(IsDeleted(_log.State));
        Assert.Empty(_log.State.Recalls[0].RetainedInModels);
    }

    [Fact]
    public void What_a_model_consumed_stays_named_and_held_though_a_later_answer_says_deleted()
    {
        Answer(Retained("run-1"));
        Answer(Retained("run-2"));
        Answer(Retained("run-1"));
        Answer(Deleted);

        foreach (var state in (PartitionState[])[_log.State, _log.Replay()])
        {
            Assert.Equal(Deleted, state.Recalls[0].Answer);
            Assert.Equal(["run-1", "run-2"], state.Recalls[0].RetainedInModels);
            Assert.False(IsDeleted(state));
        }
    }

    [Fact]
    public void A_legal_hold_that_was_lifted_is_no_model_and_what_was_deleted_then_is_gone()
    {
        Answer(new RecallAnswer(RecallVerdict.LegalHold, "case-7", "acme-bot", "aa"));
        Assert.False(IsDeleted(_log.State));
        Answer(Deleted);

        Assert.True(IsDeleted(_log.State));
    }

    private static RecallAnswer Retained(string run) => new(RecallVerdict.RetainedInModel, run, "acme-bot", "aa");

    private void Answer(RecallAnswer answer) => Assert.Null(_log.Do((state, _) => RecallRules.Answer(state, Deal, 1, answer)).Refusal);

    private static bool IsDeleted(PartitionState state)
    {
        var delivery = Assert.Single(LineageRules.DeliveriesOf(state, 0));
        return RecallRules.IsDeleted([.. LineageRules.RecallsOf(state, delivery.Deal, delivery)]);
    }
}
