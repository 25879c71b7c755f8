using Broker.Protos.V1;
using Grpc.Core;

namespace Broker.Client.Recalls;

/// <summary>Obeys a deal's recalls: deletes what they cover, then answers them.</summary>
/// <remarks>
/// A recall is answered only once its records are durably gone, and the feed's cursor passes it only once it is answered; so a kill at
/// any moment leaves nothing undone that was said to be done. Deleting again and answering again change nothing.
/// </remarks>
/// <param name="connection">The broker, with a partner's token.</param>
/// <param name="deal">Format: <c>platforms/{platform}/deals/{deal}</c>.</param>
/// <param name="copies">Where the deal's records are kept; no pull may write there meanwhile.</param>
/// <param name="options">How recalls are answered; the defaults when null.</param>
public sealed class RecallSession(BrokerConnection connection, string deal, IRecalledCopies copies, RecallOptions? options = null)
{
    private const int CopiesAtOnce = 50_000;
    private const int RunsPageSize = 1_000;

    private readonly RecallOptions _options = options ?? new();
    private readonly RecallFeed _feed = new(connection, deal);

    /// <summary>Deals with every recall since the last time.</summary>
    /// <param name="progress">Told of each recall.</param>
    /// <param name="cancellationToken">Gives up; the next time goes on from there.</param>
    /// <returns>What was done, recall by recall. Those answered before are among them: what they cover is deleted here too.</returns>
    /// <exception cref="BrokerException">The broker refused or cannot be reached; NOT_FOUND / TRAINING_RUN_UNKNOWN for a run that is not registered.</exception>
    /// <exception cref="IOException">Records could not be deleted.</exception>
    public async Task<IReadOnlyList<RecallOutcome>> ApplyAsync(IProgress<RecallOutcome>? progress = null, CancellationToken cancellationToken = default)
    {
        _options.Check();
        var runs = await RunsAsync(cancellationToken);
        var cursors = new RecallCursors(_options.IsHoldReleased ? new Dictionary<int, int>() : copies.RecallCursors);
        var all = new List<RecallOutcome>();
        await foreach (var page in _feed.PagesAsync(cursors.Numbers, isOpenOnly: false, cancellationToken))
        {
            var outcomes = await ApplyAsync(page.Recalls, runs, progress, cancellationToken);
            cursors.Advance(page.Cursors, outcomes);
            await copies.SaveRecallCursorsAsync(cursors.Numbers, cancellationToken);
            all.AddRange(outcomes);
        }

        return all;
    }

    private async Task<List<RecallOutcome>> ApplyAsync(
        IReadOnlyList<Recall> recalls, IReadOnlyList<TrainingRun> runs, IProgress<RecallOutcome>? progress, CancellationToken cancellationToken)
    {
        var works = recalls.Select(recall => new RecallWork(recall)).ToList();
        await DeleteAsync(works.Where(work => !StaysHeld(work.Recall)), cancellationToken);
        var outcomes = new List<RecallOutcome>(works.Count);
        foreach (var work in works)
        {
            outcomes.Add(await AnswerAsync(work, runs, cancellationToken));
            progress?.Report(outcomes[^1]);
        }

        return outcomes;
    }

    // Many recalls touch the same files: their copies are deleted together, so that a file is written anew once and not for each.
    private async Task DeleteAsync(IEnumerable<RecallWork> works, CancellationToken cancellationToken)
    {
        var pending = new List<(RecallWork Work, RecalledCopy Copy)>();
        foreach (var work in works)
            await foreach (var records in _feed.RecordsAsync(work.Recall.Name, cancellationToken))
            {
                foreach (var record in records)
                    if (work.Cover(record) is { } copy) pending.Add((work, copy));
                if (pending.Count >= CopiesAtOnce) await DeleteAsync(pending, cancellationToken);
            }

        await DeleteAsync(pending, cancellationToken);
    }

    private async Task DeleteAsync(List<(RecallWork Work, RecalledCopy Copy)> pending, CancellationToken cancellationToken)
    {
        if (pending.Count == 0) return;
        var deletion = await copies.DeleteAsync([.. pending.Select(entry => entry.Copy).Distinct()], cancellationToken);
        foreach (var (work, copy) in pending) work.Count(copy, deletion);
        pending.Clear();
    }

    private async Task<RecallOutcome> AnswerAsync(RecallWork work, IReadOnlyList<TrainingRun> runs, CancellationToken cancellationToken)
    {
        if (!IsToBeAnswered(work.Recall)) return work.Answered(work.Recall);
        var (answer, openReason) = Decide(work, runs);
        if (answer is null) return work.Open(openReason);
        try
        {
            return work.Answered(await _feed.AnswerAsync(work.Recall, answer, cancellationToken));
        }
        catch (BrokerException refused) when (refused.Code is StatusCode.FailedPrecondition)
        {
            return work.Open(refused.Message); // one recall that cannot be answered so must not keep the others waiting
        }
    }

    private (RecallAnswer? Answer, string OpenReason) Decide(RecallWork work, IReadOnlyList<TrainingRun> runs)
    {
        if (_options.LegalHoldReference is { } reference) return (new() { Verdict = RecallVerdict.LegalHold, LegalHoldReference = reference }, "");
        var consumers = work.ConsumersAmong(runs).Select(run => run.RunId).ToList();
        if (_options.TrainingRun is { } run && consumers.Contains(run)) return (new() { Verdict = RecallVerdict.RetainedInModel, TrainingRun = run }, "");
        if (consumers.Count > 0) return (null, $"Training run {consumers[0]} consumed some of it. Answer it with that run; or DELETED by hand, where the model is gone.");
        if (work.IsIncomplete && !_options.IsOnlyCopy) return (null, work.WhatIsMissing);
        return (new() { Verdict = RecallVerdict.Deleted }, "");
    }

    private bool IsToBeAnswered(Recall recall) =>
        recall.Answer is null || (_options.IsHoldReleased && recall.Answer.Verdict == RecallVerdict.LegalHold);

    /// <summary>Whether the law keeps its records where they are.</summary>
    private bool StaysHeld(Recall recall) => recall.Answer is { } answer
        ? answer.Verdict == RecallVerdict.LegalHold && !_options.IsHoldReleased
        : _options.LegalHoldReference is not null;

    private async Task<IReadOnlyList<TrainingRun>> RunsAsync(CancellationToken cancellationToken)
    {
        var runs = new List<TrainingRun>();
        var request = new ListTrainingRunsRequest { Deal = deal, PageSize = RunsPageSize };
        do
        {
            var page = await connection.CallAsync(connection.Partners.ListTrainingRunsAsync, request, cancellationToken);
            runs.AddRange(page.TrainingRuns);
            request.PageToken = page.NextPageToken;
        }
        while (request.PageToken.Length > 0);
        if (_options.TrainingRun is { } named && runs.All(run => run.RunId != named))
            throw new BrokerException(StatusCode.NotFound, "TRAINING_RUN_UNKNOWN", $"No training run {named} of {deal} is registered.");
        return runs;
    }
}
