using Broker.Client;
using Broker.Client.Files;
using Broker.Client.Pulls;
using Broker.Client.Recalls;
using Broker.Gateway.Errors;
using Broker.Protos.V1;
using Broker.TestKit.Nodes;
using Google.Rpc;
using static Broker.EndToEnd.Client.PullScript;
using static Broker.EndToEnd.Client.ScriptedRecalls;

namespace Broker.EndToEnd.Client;

public sealed class RecallSessionTests : IDisposable
{
    private static readonly SliceId First = new(0, 1, 1);
    private static readonly SliceId Second = new(0, 1, 2);
    private static readonly SliceId Third = new(3, 1, 1);

    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Recalled_records_and_no_others_are_deleted_and_then_each_recall_is_answered()
    {
        await using var broker = await StartAsync();
        broker.Recalls.Issue(0, 1, Record("0.1.1.0"), Record("0.1.1.2"), Record("0.1.2.1", slice: 2));
        broker.Recalls.Issue(0, 4, Record("0.1.1.2")); // again: an erasure after a withdrawal
        broker.Recalls.Issue(3, 2, Record("3.1.1.1"));
        broker.Recalls.OnAnswer = _ =>
        {
            Assert.DoesNotContain("0.1.1.0", Ids()); // gone before it is said to be
            return Task.CompletedTask;
        };

        var outcomes = await ApplyAsync(broker);

        Assert.Equal(["0.1.1.1", "0.1.2.0", "0.1.2.2", "3.1.1.0", "3.1.1.2"], Ids());
        Assert.Equal(["answer 0-1 Deleted", "answer 0-4 Deleted", "answer 3-2 Deleted"], broker.Events);
        Assert.Equal([(3L, 3L, 0L), (1L, 1L, 0L), (1L, 1L, 0L)], outcomes.Select(outcome => (outcome.Covered, outcome.Deleted, outcome.Elsewhere)));
    }

    [Fact]
    public async Task The_feed_is_read_on_where_it_was_left_also_after_a_restart()
    {
        await using var broker = await StartAsync();
        broker.Recalls.Issue(0, 1, Record("0.1.1.0"));
        await ApplyAsync(broker);
        broker.Recalls.Issue(0, 3, Record("0.1.1.1"));
        var outcomes = await ApplyAsync(broker);
        Assert.Equal("0-3", Assert.Single(outcomes).Recall.Name.Split('/')[^1]);
        Assert.Equal(["", "0-1"], broker.Recalls.Cursors);
    }

    [Fact]
    public async Task An_answer_whose_outcome_is_unknown_is_repeated_with_the_same_request_id_also_by_another_process()
    {
        await using var broker = await StartAsync();
        broker.Recalls.Issue(0, 1, Record("0.1.1.0"));
        broker.Recalls.OnAnswer = _ => throw RpcErrors.Unavailable("OUTCOME_UNKNOWN", "Nobody knows.", TimeSpan.FromMilliseconds(1));
        await Assert.ThrowsAsync<BrokerException>(() => ApplyAsync(broker));
        broker.Recalls.OnAnswer = _ => Task.CompletedTask;

        var outcome = Assert.Single(await ApplyAsync(broker));

        Assert.True(outcome.IsAnswered);
        Assert.Equal((0L, 1L), (outcome.Deleted, outcome.DeletedBefore)); // it was deleted the first time
        Assert.True(broker.Recalls.Answers.Count > 2);
        Assert.True(Guid.TryParseExact(Assert.Single(broker.Recalls.Answers.Select(answer => answer.RequestId).Distinct()), "D", out _));
    }

    [Fact]
    public async Task Different_answers_and_different_recalls_have_different_request_ids()
    {
        await using var broker = await StartAsync();
        broker.Recalls.Issue(0, 1, Record("0.1.1.0"));
        broker.Recalls.Issue(0, 2, Record("0.1.1.1"));
        await ApplyAsync(broker, new() { LegalHoldReference = "case 1" });
        await ApplyAsync(broker, new() { IsHoldReleased = true });
        Assert.Equal(4, broker.Recalls.Answers.Select(answer => answer.RequestId).Distinct().Count());
    }

    [Fact]
    public async Task A_recall_of_slices_that_are_not_here_stays_open_and_the_cursor_before_it()
    {
        await using var broker = await StartAsync();
        broker.Recalls.Issue(0, 1, Record("0.1.1.0"));
        broker.Recalls.Issue(0, 2, Record("0.1.1.1"), Record("elsewhere", slice: 9));
        broker.Recalls.Issue(0, 3, Record("0.1.1.2"));
        broker.Recalls.Issue(3, 1, Record("3.1.1.0"));

        var outcomes = await ApplyAsync(broker);

        Assert.Equal([true, false, true, true], outcomes.Select(outcome => outcome.IsAnswered));
        Assert.Equal(1, outcomes[1].Elsewhere);
        Assert.Contains("not here", outcomes[1].OpenReason);
        Assert.DoesNotContain("0.1.1.1", Ids()); // what is here is deleted all the same

        var again = await ApplyAsync(broker, new() { IsOnlyCopy = true });
        Assert.Equal(["answer 0-1 Deleted", "answer 0-3 Deleted", "answer 3-1 Deleted", "answer 0-2 Deleted"], broker.Events);
        Assert.Equal(["0-2", "0-3"], again.Select(outcome => outcome.Recall.Name.Split('/')[^1]));
        Assert.Equal("0-1,3-1", broker.Recalls.Cursors.Last());
    }

    [Fact]
    public async Task A_slice_that_was_moved_away_is_not_taken_for_deleted()
    {
        await using var broker = await StartAsync();
        File.Delete(Path.Combine(_directory.Path, "p0000-r00001-s000001.ndjson"));
        broker.Recalls.Issue(0, 1, Record("0.1.1.0"));
        Assert.False(Assert.Single(await ApplyAsync(broker)).IsAnswered);
        Assert.Empty(broker.Events);
    }

    [Fact]
    public async Task A_record_whose_id_cannot_be_told_keeps_its_recall_open()
    {
        await using var broker = await StartAsync();
        broker.Recalls.Issue(0, 1, Record(""));
        var outcome = Assert.Single(await ApplyAsync(broker));
        Assert.Equal((1L, false), (outcome.Unnamed, outcome.IsAnswered));
    }

    [Fact]
    public async Task What_a_named_training_run_consumed_is_answered_with_it_and_the_rest_as_deleted()
    {
        await using var broker = await StartAsync();
        broker.Recalls.Runs.Add(RunOver("run-1", First));
        broker.Recalls.Issue(0, 1, Record("0.1.1.0"));
        broker.Recalls.Issue(0, 2, Record("0.1.2.0", slice: 2));
        await ApplyAsync(broker, new() { TrainingRun = "run-1" });
        Assert.Equal(["answer 0-1 RetainedInModel", "answer 0-2 Deleted"], broker.Events);
        Assert.Equal("run-1", broker.Recalls.Answers.First().Answer.TrainingRun);
        Assert.DoesNotContain("0.1.1.0", Ids()); // a model keeps it; the files need not
    }

    [Fact]
    public async Task What_a_training_run_consumed_is_not_answered_as_deleted_unasked()
    {
        await using var broker = await StartAsync();
        broker.Recalls.Runs.Add(RunOver("run-1", First));
        broker.Recalls.Issue(0, 1, Record("0.1.1.0"));
        var outcome = Assert.Single(await ApplyAsync(broker));
        Assert.Contains("run-1", outcome.OpenReason);
        Assert.Empty(broker.Events);
        Assert.DoesNotContain("0.1.1.0", Ids());
    }

    [Fact]
    public async Task An_unregistered_training_run_is_an_error_before_anything_is_done()
    {
        await using var broker = await StartAsync();
        broker.Recalls.Issue(0, 1, Record("0.1.1.0"));
        var error = await Assert.ThrowsAsync<BrokerException>(() => ApplyAsync(broker, new() { TrainingRun = "run-2" }));
        Assert.Equal("TRAINING_RUN_UNKNOWN", error.Reason);
        Assert.Contains("0.1.1.0", Ids());
    }

    [Fact]
    public async Task Under_a_legal_hold_records_stay_until_it_is_released()
    {
        await using var broker = await StartAsync();
        broker.Recalls.Issue(0, 1, Record("0.1.1.0"));
        await ApplyAsync(broker, new() { LegalHoldReference = "case 1" });
        Assert.Equal("case 1", broker.Recalls.Answers.Single().Answer.LegalHoldReference);
        Assert.Contains("0.1.1.0", Ids());
        Assert.Empty(await ApplyAsync(broker));
        Assert.Contains("0.1.1.0", Ids());

        await ApplyAsync(broker, new() { IsHoldReleased = true });
        Assert.Equal(["answer 0-1 LegalHold", "answer 0-1 Deleted"], broker.Events);
        Assert.DoesNotContain("0.1.1.0", Ids());
    }

    [Fact]
    public async Task What_somebody_answered_already_is_deleted_here_too_and_not_answered_again()
    {
        await using var broker = await StartAsync();
        broker.Recalls.Issue(0, 1, Record("0.1.1.0")).Answer = new() { Verdict = RecallVerdict.Deleted };
        Assert.Equal(1, Assert.Single(await ApplyAsync(broker)).Deleted);
        Assert.Empty(broker.Events);
        Assert.DoesNotContain("0.1.1.0", Ids());
    }

    [Fact]
    public async Task A_refused_answer_leaves_its_recall_open_and_the_others_are_answered()
    {
        await using var broker = await StartAsync();
        broker.Recalls.Issue(0, 1, Record("0.1.1.0"));
        broker.Recalls.Issue(3, 1, Record("3.1.1.0"));
        broker.Recalls.OnAnswer = request => request.Name.EndsWith("/0-1", StringComparison.Ordinal) ? throw RpcErrors.Create(Code.FailedPrecondition, "WRONG_STATE", "Not so.") : Task.CompletedTask;
        var outcomes = await ApplyAsync(broker);
        Assert.Equal(["Not so.", ""], outcomes.Select(outcome => outcome.OpenReason));
    }

    [Fact]
    public async Task Options_that_contradict_each_other_are_refused()
    {
        await using var broker = await StartAsync();
        await Assert.ThrowsAsync<ArgumentException>(() => ApplyAsync(broker, new() { LegalHoldReference = "case", TrainingRun = "run" }));
        await Assert.ThrowsAsync<ArgumentException>(() => ApplyAsync(broker, new() { LegalHoldReference = "" }));
    }

    private static TrainingRun RunOver(string id, SliceId slice) =>
        new() { RunId = id, Deal = DealName, ConsumedSlices = { new SliceRange { Partition = slice.Partition, Round = slice.Round, FirstSlice = slice.Number, LastSlice = slice.Number } } };

    private async Task<ScriptedBroker> StartAsync()
    {
        using var directory = SliceDirectory.Open(_directory.Path, DealName, SliceFileFormat.Ndjson);
        foreach (var slice in new[] { First, Second, Third })
            await directory.KeepAsync(new(slice, 0, 1, 100, new(), [new() { Dataset = DatasetName, Records = { RecordsOf(slice) } }]), CancellationToken.None);
        return await ScriptedBroker.StartAsync();
    }

    private async Task<IReadOnlyList<RecallOutcome>> ApplyAsync(ScriptedBroker broker, RecallOptions? options = null)
    {
        using var directory = SliceDirectory.OpenExisting(_directory.Path);
        using var connection = broker.Connect(retry: new() { AttemptsMax = 3 });
        return await new RecallSession(connection, directory.Deal, directory, options).ApplyAsync();
    }

    private IEnumerable<string> Ids() => Directory.GetFiles(_directory.Path, "*.ndjson").Order(StringComparer.Ordinal)
        .SelectMany(File.ReadAllLines)
        .Select(line => System.Text.Json.JsonDocument.Parse(line).RootElement.GetProperty("id").GetString()!);
}
