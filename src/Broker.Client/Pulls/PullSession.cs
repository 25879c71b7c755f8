using System.Diagnostics.CodeAnalysis;
using Broker.Protos.V1;

namespace Broker.Client.Pulls;

/// <summary>Pulls a deal into a sink: everything that is available and was not delivered yet, each slice exactly once.</summary>
/// <remarks>
/// A slice is confirmed only once the sink has made it durable; so after a kill at any moment the next session confirms what the
/// sink holds, gets again what it does not, and pays nothing twice. What the broker does not know any more, since its log was restored from a
/// backup, is set aside. One session writes into a sink at a time.
/// </remarks>
/// <param name="connection">The broker, with a partner's token.</param>
/// <param name="deal">Format: <c>platforms/{platform}/deals/{deal}</c>.</param>
/// <param name="sink">Where slices are kept.</param>
/// <param name="options">How it is pulled; the defaults when null.</param>
[SuppressMessage("Design", "CA1001", Justification = "A CancellationTokenSource without a timer, whose wait handle is never asked for, holds nothing to dispose of.")]
public sealed class PullSession(BrokerConnection connection, string deal, ISliceSink sink, PullOptions? options = null)
{
    private const string TakenOver = "PULL_TAKEN_OVER";

    private readonly PullOptions _options = options ?? new();
    private readonly PullTally _tally = new();
    private readonly CancellationTokenSource _stopped = new();

    /// <summary>Ends a pull that follows, from any thread and at any time: what came whole is kept and confirmed, and
    /// <see cref="RunAsync"/> returns with <see cref="PullEndReason.Stopped"/>. A later session goes on from there.</summary>
    public void Stop() => _stopped.Cancel();

    /// <summary>Pulls until the gateway says that the pull is at its end, or <see cref="Stop"/>. Streams that break are opened again.</summary>
    /// <param name="progress">Told after each slice that was kept, after each break, and after each heartbeat of a pull that follows.</param>
    /// <param name="cancellationToken">Gives up; a later session goes on from there.</param>
    /// <exception cref="BrokerException">The broker refused, or too many tries in a row brought nothing.</exception>
    /// <exception cref="IOException">The sink could not keep a slice.</exception>
    public async Task<PullResult> RunAsync(IProgress<PullProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        _options.Check();
        var confirmations = new SliceConfirmations(connection, deal, _options, LoseAsync);
        foreach (var slice in sink.Held) confirmations.Add(slice, sink.ReleaseOf(slice));
        var ownBreaks = 0;
        for (var failures = 0; ;)
        {
            var before = _tally.Steps;
            await confirmations.FlushAsync(cancellationToken); // what is held must not come again
            _tally.Start(await UsageAsync(cancellationToken));
            var end = await StreamAsync(confirmations, progress, cancellationToken);
            if (end.Summary is { Reason: PullEndReason.Renew })
            {
                failures = 0;
                continue;
            }

            if ((end.Summary ?? Stopped()) is { } summary) return await FinishAsync(summary, confirmations, cancellationToken);
            _tally.Break(end.LateSlice is not null);
            if (end.LateSlice is { } late) await ReportLateAsync(late, confirmations, cancellationToken);
            progress?.Report(_tally.Snapshot());
            failures = _tally.Steps > before ? 1 : failures + 1;
            // A stream of ours that broke may still be opening somewhere behind its gateway, and take over what we opened since: once each.
            if (end.Error is { Reason: TakenOver } && ownBreaks > 0) ownBreaks--;
            else if (end.Error!.IsTransient) ownBreaks++;
            else throw end.Error;
            if (!await WaitAsync(end.Error, failures, cancellationToken)) return await FinishAsync(Stopped()!, confirmations, cancellationToken);
        }
    }

    private PullSummary? Stopped()
    {
        if (!_stopped.IsCancellationRequested) return null;
        return new PullSummary { Reason = PullEndReason.Stopped, Partitions = { _tally.Progress } };
    }

    /// <summary>Waits before the next try; false where the pull was stopped meanwhile.</summary>
    private async Task<bool> WaitAsync(BrokerException error, int failures, CancellationToken cancellationToken)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _stopped.Token);
        try
        {
            await connection.Retry.WaitAsync(error, failures, either.Token);
            return true;
        }
        catch (OperationCanceledException) when (_stopped.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            return false;
        }
    }

    private Task<StreamEnd> StreamAsync(SliceConfirmations confirmations, IProgress<PullProgress>? progress, CancellationToken cancellationToken)
    {
        var request = new PullRequest { Deal = deal, SliceRecordCountMax = _options.SliceRecordsMax, Partitions = { _options.Partitions }, Follow = _options.Follow, Filter = _options.Filter };
        return new PullStream(connection, request, _tally).RunAsync(slice => slice is null ? IdleAsync() : KeepAsync(slice), _stopped.Token, cancellationToken);

        // Nothing may come for long: what is held is said now.
        async Task IdleAsync()
        {
            var idle = _tally.Snapshot(); // before what the broker may send once it has the confirmation
            await confirmations.FlushAsync(cancellationToken);
            progress?.Report(idle);
        }

        async Task KeepAsync(ReceivedSlice slice)
        {
            if (IsHeld(slice)) _tally.Repeat();
            else
            {
                if (sink.Holds(slice.Id)) await LoseAsync([slice.Id], cancellationToken);
                await sink.KeepAsync(slice, cancellationToken);
                _tally.Keep(slice);
            }

            confirmations.Add(slice.Id, slice.Release);
            progress?.Report(_tally.Snapshot());
            await confirmations.FlushIfDueAsync(cancellationToken);
        }
    }

    /// <summary>Whether the sink holds this very slice, and no other of its name.</summary>
    private bool IsHeld(ReceivedSlice slice) =>
        sink.Holds(slice.Id) && (slice.Release.Length == 0 || sink.ReleaseOf(slice.Id) is "" || sink.ReleaseOf(slice.Id) == slice.Release);

    private async Task LoseAsync(IReadOnlyCollection<SliceId> slices, CancellationToken cancellationToken)
    {
        await sink.SetAsideAsync(slices, cancellationToken);
        _tally.Lose(slices.Count);
    }

    private static Task ReportLateAsync(SliceId late, SliceConfirmations confirmations, CancellationToken cancellationToken)
    {
        confirmations.AddLate(late);
        return confirmations.FlushAsync(cancellationToken);
    }

    private async Task<PullResult> FinishAsync(PullSummary summary, SliceConfirmations confirmations, CancellationToken cancellationToken)
    {
        await confirmations.FlushAsync(cancellationToken);
        var usage = await UsageAsync(cancellationToken);
        return new(summary.Reason, summary.ExhaustedLimit, [.. summary.Partitions], _tally.Snapshot(), _tally.ChargedUntil(usage), usage);
    }

    private async Task<Usage> UsageAsync(CancellationToken cancellationToken) =>
        (await connection.CallAsync(connection.Deals.GetUsageAsync, new GetUsageRequest { Deal = deal }, cancellationToken)).Usage;
}
