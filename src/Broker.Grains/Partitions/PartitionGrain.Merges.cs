using Broker.Domain;
using Broker.Domain.Merges;
using Broker.Domain.Partitions;
using Broker.Grains.Logs;
using Broker.Grains.Merges;
using Broker.Grains.Segments;

namespace Broker.Grains.Partitions;

/// <summary>Merges of the partition's segments: decided here, written elsewhere, in force with the entry that swaps them.</summary>
/// <remarks>Nothing of it lives only in memory: whatever cuts it off, the log still names the inputs, or already the outputs, and what no
/// log names is collected once it is old.</remarks>
internal sealed partial class PartitionGrain
{
    private static readonly TimeSpan CollectPeriod = TimeSpan.FromHours(6);

    private readonly GoneWatch _gone = new();
    private readonly Dictionary<string, DateTimeOffset> _leftAlone = new(StringComparer.Ordinal);
    private readonly HashSet<string> _merged = new(StringComparer.Ordinal); // what is being merged now
    private readonly CancellationTokenSource _stopMerging = new();
    private Task _merging = Task.CompletedTask;
    private DateTimeOffset _collectNextAt;

    /// <inheritdoc/>
    protected override void OnFailed(Exception failure) => _stopMerging.Cancel();

    private void StartMerging()
    {
        if (_services.Merger is not { } merger) return;
        var period = _services.Merges.Period;
        // Begun and not awaited by the timer: a merge lasts, and a deactivation must not wait for it.
        this.RegisterGrainTimer(
            static (state, _) =>
            {
                if (state.Grain._merging.IsCompleted) state.Grain._merging = state.Grain.MergeAsync(state.Merger);
                return Task.CompletedTask;
            },
            (Grain: this, Merger: merger),
            new GrainTimerCreationOptions { DueTime = period, Period = period, Interleave = true });
    }

    /// <summary>Does what is due. Never fails.</summary>
    private async Task MergeAsync(ISegmentMerger merger)
    {
        try
        {
            await MendAsync();
            await DeleteRetiredAsync(merger);
            await CollectAsync(merger);
            while (NextMerge() is { } plan && await TryMergeAsync(merger, plan)) { }
        }
        catch (Exception failure) when (failure is LogUnavailableException or LogFencedException or LogOverloadedException or SegmentUnavailableException or OperationCanceledException)
        {
            // What is due stays due: the next look, or the next activation's, takes it up.
            PartitionMessages.MergeFailed(_logger, LogName, failure);
        }
        catch (Exception failure)
        {
            PartitionMessages.MergeBroken(_logger, LogName, failure); // nobody waits for this task: what is not said here is never heard
        }
    }

    /// <summary>Opens again what could not be read: an operator may have put the right file back.</summary>
    private async Task MendAsync()
    {
        foreach (var broken in State.Segments.Select(segment => segment.Rows).OfType<UnreadableRows>().ToList())
        {
            if (await OpenOrTellAsync(broken.Segment, _stopMerging.Token) is not { } rows || rows is UnreadableRows) continue;
            State.Attach(rows);
            PartitionMessages.SegmentMended(_logger, LogName, broken.SegmentId);
        }
    }

    private MergePlan? NextMerge()
    {
        foreach (var (segment, _) in _leftAlone.Where(left => left.Value <= Now()).ToList()) _leftAlone.Remove(segment);
        _gone.Keep(State);
        var broken = State.Segments.Where(segment => segment.Rows is UnreadableRows).Select(segment => segment.Info.Id);
        var except = _leftAlone.Keys.Concat(broken).ToHashSet(StringComparer.Ordinal);
        if (_counted is { } counted) except.Add(counted); // it is taken once it is counted
        return MergeRules.Next(State, _gone, Now(), _services.Merges.Limits, except);
    }

    /// <summary>False where the merge was given up: then the next look goes on.</summary>
    private async Task<bool> TryMergeAsync(ISegmentMerger merger, MergePlan plan)
    {
        await CheckFenceAsync(); // what a stale activation writes, nobody will name
        if (_counted is { } counted && plan.Inputs.Any(input => input.Info.Id == counted)) return true; // begun meanwhile: decided anew
        _merged.UnionWith(plan.Inputs.Select(input => input.Info.Id));
        var started = Time.GetTimestamp();
        try
        {
            var outputs = await WriteAsync(merger, plan);
            MergeSteps.Pass(MergeStep.Written);
            var refusal = await ExecuteAsync((state, _) => MergeRules.Swap(state, plan, outputs));
            MergeSteps.Pass(MergeStep.Swapped);
            if (refusal is not null) return GiveUp(plan, new SegmentUnavailableException(plan.Inputs[0].Info.Id, refusal.Message));
            Meter.Merged(plan.Reason.ToString(), plan.Bytes, Time.GetElapsedTime(started));
            var remnants = outputs.Where(output => output.Merged.IsRemnants).Sum(output => (long)output.Rows.Count);
            PartitionMessages.Merged(_logger, LogName, plan.Inputs.Length, plan.Rows, plan.Bytes, plan.Reason, remnants);
            return true;
        }
        catch (Exception failure) when (failure is SegmentCorruptException or SegmentUnavailableException or InvalidOperationException)
        {
            if (failure is SegmentCorruptException)
            {
                Meter.SegmentCorrupt();
                // Where it was counts of tokens that were lost meanwhile, the next merge leaves them behind.
                foreach (var input in plan.Inputs) await AttachCountsAsync(input.Info, input.Tokens, _stopMerging.Token);
            }

            return GiveUp(plan, failure); // where it did not make what it was to make, nothing rests on it
        }
        finally
        {
            _merged.Clear();
            await CountSoon();
        }
    }

    private async Task<IReadOnlyList<MergeOutput>> WriteAsync(ISegmentMerger merger, MergePlan plan)
    {
        var outputs = new List<MergeOutput>();
        foreach (var merged in await merger.MergeAsync(Platform, Index, plan, _stopMerging.Token))
            outputs.Add(new MergeOutput(merged, await OpenAsync(merged.Segment, _stopMerging.Token))); // read back, and checked, before anything rests on it
        foreach (var output in outputs)
        {
            State.Attach(output.Rows);
            foreach (var tokens in output.Merged.Tokens)
                State.Attach(await _services.Tokens!.OpenAsync(RefOf(output.Merged.Segment), tokens, _stopMerging.Token)); // they too
        }

        return outputs;
    }

    private bool GiveUp(MergePlan plan, Exception failure)
    {
        foreach (var input in plan.Inputs) _leftAlone[input.Info.Id] = Now() + _services.Merges.RetryAfter;
        Meter.MergeGivenUp();
        PartitionMessages.MergeGivenUp(_logger, LogName, plan.Inputs.Length, plan.Dataset, plan.Reason, _services.Merges.RetryAfter, failure);
        return false;
    }

    /// <summary>Deletes the files of segments that were merged away long enough ago, then says so in the log.</summary>
    private async Task DeleteRetiredAsync(ISegmentMerger merger)
    {
        if (MergeRules.Deletable(State, Now(), _services.Merges.RetiredFor) is not { Count: > 0 } retired) return;
        await CheckFenceAsync(); // and with it the merge that retired them is durable
        MergeSteps.Pass(MergeStep.Deleting);
        foreach (var segment in retired) await merger.DeleteAsync(Platform, segment, _stopMerging.Token);
        MergeSteps.Pass(MergeStep.Deleted);
        await ExecuteAsync((state, _) => Decision<PartitionEvent>.Of(new SegmentsDeleted(
            [.. state.Retired.Where(retired.Contains).Select(segment => segment.Info.Id)])));
        PartitionMessages.Deleted(_logger, LogName, retired.Count);
    }

    private async Task CollectAsync(ISegmentMerger merger)
    {
        if (Now() < _collectNextAt) return;
        foreach (var dataset in State.Segments.Select(segment => segment.Info.Dataset).Distinct().ToList())
        {
            var named = State.Segments.Select(segment => segment.Info.Id).Concat(State.Retired.Select(retired => retired.Info.Id)).ToHashSet(StringComparer.Ordinal);
            await CheckFenceAsync(); // a stale activation does not know what the log names
            if (await merger.CollectAsync(Platform, Index, dataset, named, _stopMerging.Token) is > 0 and var collected)
                PartitionMessages.Collected(_logger, LogName, dataset, collected);
        }

        _collectNextAt = Now() + CollectPeriod;
    }
}
