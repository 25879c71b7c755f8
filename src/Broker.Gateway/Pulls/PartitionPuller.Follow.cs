namespace Broker.Gateway.Pulls;

internal sealed partial class PartitionPuller
{
    private const int FollowWaitsMax = 8; // times the first

    private TaskCompletionSource _told = NewSignal();
    private bool _hasEnded;

    /// <summary>The partition may have more; a hint.</summary>
    public void Wake() => Volatile.Read(ref _told).TrySetResult();

    private async Task FollowAsync(PullFollow follow, CancellationToken cancellationToken)
    {
        await follow.InTurnAsync(BeginAsync, cancellationToken);
        while (!_hasEnded && await WaitForMoreAsync(follow, cancellationToken))
        {
            if (IsWaiting) await BackOffAsync(cancellationToken); // out of turn: others go on meanwhile
            await follow.InTurnAsync(RoundAsync, cancellationToken);
        }
    }

    /// <summary>Waits until there is something to ask for; false where nobody is to wait any more.</summary>
    private async Task<bool> WaitForMoreAsync(PullFollow follow, CancellationToken cancellationToken)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, follow.Ended);
        var first = TimeSpan.FromMilliseconds(_pull.Options.FollowDelayMilliseconds);
        var gathering = new BackOff(first, FollowWaitsMax * first, _pull.Entropy);
        try
        {
            while (!await HasMoreAsync(follow, either.Token))
            {
                if (_hasEnded) return false;
                await ToldAsync(either.Token);
                // What comes in a burst gathers for one round, and news of others' wakes this stream ever more rarely.
                await Task.Delay(gathering.Next(), _pull.Time, either.Token);
            }

            return true;
        }
        catch (OperationCanceledException) when (follow.Ended.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            return false;
        }
    }

    private async Task<bool> HasMoreAsync(PullFollow follow, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        Volatile.Write(ref _told, NewSignal()); // before it is asked: what it says from then on is not missed
        var answer = await _partition.FollowAsync(Deal, _pull.StreamId, _pull.Filter);
        if (answer.Refusal is { } refusal)
        {
            End(refusal, answer.Progress);
            return false;
        }

        if (answer.HasMore) follow.GoesOn(Index);
        else follow.Waits(Index);
        return answer.HasMore;
    }

    /// <summary>Done when the partition says that there may be more, or has said nothing for long.</summary>
    private async Task ToldAsync(CancellationToken cancellationToken)
    {
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        await Task.WhenAny(_told.Task, Task.Delay(TimeSpan.FromSeconds(_pull.Options.FollowProbeSeconds), _pull.Time, enough.Token));
        await enough.CancelAsync();
        cancellationToken.ThrowIfCancellationRequested();
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
