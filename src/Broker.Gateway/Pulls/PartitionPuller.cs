using System.Collections.Concurrent;
using Broker.Domain;
using Broker.Gateway.Errors;
using Broker.Grains.Partitions;
using Broker.Grains.Pulls;

namespace Broker.Gateway.Pulls;

/// <summary>One partition's part of a stream: asks for slices, some ahead of the one that is sent, and settles each.</summary>
internal sealed partial class PartitionPuller : IAsyncDisposable
{
    private static readonly TimeSpan HeldWaitFirst = TimeSpan.FromMilliseconds(20);

    private readonly IPartitionGrain _partition;
    private readonly PullContext _pull;
    private readonly SemaphoreSlim _inFlight;
    private readonly SliceLeases _leases;
    private readonly SliceSettlements _settlements;
    private readonly ConcurrentQueue<SliceName> _again = new();
    private readonly BackOff _backOff;
    private readonly TokenWait _tokens;
    private volatile bool _isStopped;

    public PartitionPuller(IPartitionGrain partition, int index, PullContext pull)
    {
        (_partition, Index, _pull) = (partition, index, pull);
        _inFlight = new SemaphoreSlim(pull.Options.SlicesInFlightMax);
        _leases = new SliceLeases(partition, index, pull);
        _settlements = new SliceSettlements(partition, index, pull);
        _tokens = new TokenWait(pull.Time, TimeSpan.FromSeconds(pull.Options.TokenWaitSecondsMax));
        _backOff = new BackOff(HeldWaitFirst, TimeSpan.FromMilliseconds(pull.Options.HeldWaitMillisecondsMax), pull.Entropy);
    }

    /// <summary>The partition's index.</summary>
    public int Index { get; }

    private string Deal => _pull.Deal.Deal;

    /// <summary>Hands over everything that is available, first what a client did not confirm; done when the partition has nothing more
    /// and all of it is settled. A stream that follows goes on from there, until it ends.</summary>
    /// <exception cref="Grpc.Core.RpcException">Another stream took over, or the deal may not be pulled at all.</exception>
    /// <remarks>Where the gateway stops, nothing more is asked for, and what is held is sent to its end.</remarks>
    public Task RunAsync(CancellationToken cancellationToken) =>
        _pull.Follow is { } follow ? FollowAsync(follow, cancellationToken) : BeginAsync(cancellationToken);

    private async Task BeginAsync(CancellationToken cancellationToken)
    {
        if (_pull.Draining.HasBegun) return;
        var attachment = await _partition.AttachAsync(Deal, _pull.StreamId, _pull.Observer);
        if (attachment.Refusal is { } refusal)
        {
            End(refusal, null);
            return;
        }

        foreach (var slice in attachment.Unconfirmed)
            if (!MayGoOn || !await ResendAsync(slice, cancellationToken))
                return;
        await RoundAsync(cancellationToken);
    }

    /// <summary>Asks for nothing more, and gives up what is held and not begun: the partition cannot be read to its end.</summary>
    public void Stop()
    {
        _isStopped = true;
        foreach (var slice in _leases.All()) Revoke(slice);
    }

    private bool MayGoOn => !_isStopped && !_pull.Draining.HasBegun;

    /// <summary>Whether it stopped at records whose tokens are not counted yet; it is asked again a little later, and takes nobody's place until then.</summary>
    public bool IsWaiting { get; private set; }

    /// <summary>Goes on where it stopped to wait.</summary>
    public async Task GoOnAsync(CancellationToken cancellationToken)
    {
        await BackOffAsync(cancellationToken);
        await RoundAsync(cancellationToken);
    }

    private async Task RoundAsync(CancellationToken cancellationToken)
    {
        IsWaiting = false;
        while (MayGoOn && await NextAsync(cancellationToken)) { }
        if (MayGoOn) await ResendCutShortAsync(cancellationToken);
    }

    /// <summary>Stops what is being sent of a slice: a hint, the lease is what counts.</summary>
    public void Revoke(SliceName slice)
    {
        if (_leases.Find(slice) is { } held) Revoke(held);
    }

    /// <summary>Stops what is being sent of a slice. One that is not begun is settled at once: who withdrew need not wait for what is sent before it.</summary>
    public void Revoke(HeldSlice slice)
    {
        if (slice.Revoke()) Settle(slice);
    }

    /// <summary>Says what became of a slice, once; its place in flight is free when the partition knows.</summary>
    public void Settle(HeldSlice slice)
    {
        if (!_leases.Forget(slice)) return;
        if (IsOwed(slice)) _again.Enqueue(slice.Grant.Slice);
        _settlements.Add(slice, () => _inFlight.Release());
        if (!slice.WasWritten) _pull.Meter.Dropped();
    }

    /// <summary>Settles what is left and stops renewing.</summary>
    public async ValueTask DisposeAsync()
    {
        foreach (var slice in _leases.All()) Settle(slice);
        await _leases.DisposeAsync();
        await _settlements.FlushAsync();
        // The semaphore is left to the collector: nobody asked for its handle, and a revocation that comes late still releases it.
    }

    private async Task<bool> ResendAsync(SliceName slice, CancellationToken cancellationToken)
    {
        await _inFlight.WaitAsync(cancellationToken);
        var asked = _pull.Time.GetTimestamp();
        var answer = await AskAsync(() => _partition.ResendSliceAsync(Deal, _pull.StreamId, slice.Round, slice.Number));
        switch (answer)
        {
            case { Grant: { } grant }:
                Hold(grant, asked);
                return true;
            // Settled, or grown too old: the client learns by its absence.
            case { Refusal.Reason: RefusalReason.ResendRefused }:
                _inFlight.Release();
                return true;
            // Revoked as it was prepared.
            case { Refusal.Reason: RefusalReason.ReservationVoid }:
                _inFlight.Release();
                _again.Enqueue(slice);
                return true;
            default:
                _inFlight.Release();
                End(answer.Refusal!, answer.Progress);
                return false;
        }
    }

    /// <summary>Asks for one more slice; false when there is nothing more to ask.</summary>
    private async Task<bool> NextAsync(CancellationToken cancellationToken)
    {
        await _inFlight.WaitAsync(cancellationToken);
        var wasIdle = _inFlight.CurrentCount == _pull.Options.SlicesInFlightMax - 1;
        var asked = _pull.Time.GetTimestamp();
        var answer = await AskAsync(() => _partition.NextSliceAsync(
            new NextSliceRequest(Deal, _pull.StreamId, _pull.SliceRecordsMax, _pull.Sizer.SliceBytes, _pull.Filter)));
        if (answer.Grant is { } grant)
        {
            Hold(grant, asked);
            return true;
        }

        _inFlight.Release();
        if (answer.Outcome == SliceOutcomeKind.Pending)
        {
            // The round can be finished only when nothing of it is under way: then it is asked again. Where nothing was, the
            // partition waits for what it could not be told.
            if (wasIdle) await BackOffAsync(cancellationToken);
            else await WaitUntilIdleAsync(cancellationToken);
            return true;
        }

        if (answer.Refusal is { } refusal) return await OnRefusedAsync(refusal, answer.Progress, cancellationToken);
        _tokens.Reset();
        _pull.Totals.Finished(Index, answer.Progress!.Value);
        return false;
    }

    private async Task<bool> OnRefusedAsync(Refusal refusal, RoundProgress? progress, CancellationToken cancellationToken)
    {
        if (refusal.Reason == RefusalReason.TokensNotCounted) return StopToWait(refusal, progress);
        if (refusal.Reason != RefusalReason.Held)
        {
            End(refusal, progress);
            return false;
        }

        // What others hold is posted or comes back soon.
        _pull.Meter.Refused(refusal.Reason);
        await BackOffAsync(cancellationToken);
        return true;
    }

    private bool StopToWait(Refusal refusal, RoundProgress? progress)
    {
        _pull.Meter.Refused(refusal.Reason);
        IsWaiting = _tokens.MayWait(refusal);
        if (IsWaiting) return false;
        // Its client hears of it when the other partitions are read to their end; of a stream that follows there is none.
        if (_pull.Follow is null) _pull.Totals.Break(refusal.ToRpcException());
        else End(refusal, progress);
        return false;
    }

    private Task BackOffAsync(CancellationToken cancellationToken) => Task.Delay(_backOff.Next(), _pull.Time, cancellationToken);

    // What was cut short is charged, and its client has no use for it: the rest of it goes out before the stream says that it is done.
    private async Task ResendCutShortAsync(CancellationToken cancellationToken)
    {
        await WaitUntilIdleAsync(cancellationToken);
        while (MayGoOn && _again.TryDequeue(out var slice))
        {
            if (!await ResendAsync(slice, cancellationToken)) return;
            await WaitUntilIdleAsync(cancellationToken);
        }
    }

    /// <summary>Whether a slice is charged and its client has not got it: it was cut short; or it was a resend, which is not credited when it is dropped.</summary>
    private static bool IsOwed(HeldSlice slice) => slice.WasWritten ? !slice.IsWhole : slice.Grant.Resend > 0;

    private void Hold(SliceGrant grant, long asked)
    {
        _backOff.Reset();
        _tokens.Reset();
        var slice = new HeldSlice(this, grant, _pull.After(asked, grant.Lease));
        _leases.Add(slice);
        // Refused only when the stream is over; then the disposal settles it.
        _pull.Ready.TryWrite(slice);
    }

    private void End(Refusal refusal, RoundProgress? progress)
    {
        _pull.Meter.Refused(refusal.Reason);
        if (refusal.Reason is not (RefusalReason.QuotaExceeded or RefusalReason.DealNotActive or RefusalReason.FollowNotAllowed)) throw refusal.ToRpcException();
        _pull.Totals.EndedBy(Index, refusal, progress);
        _hasEnded = true;
        _pull.Follow?.End();
    }

    // The place in flight is given back where the call fails: what it may have granted is unconfirmed, and comes again.
    private async Task<SliceAnswer> AskAsync(Func<Task<SliceAnswer>> ask)
    {
        try
        {
            return await ask();
        }
        catch
        {
            _inFlight.Release();
            throw;
        }
    }

    private async Task WaitUntilIdleAsync(CancellationToken cancellationToken)
    {
        var taken = 0;
        try
        {
            for (; taken < _pull.Options.SlicesInFlightMax; taken++) await _inFlight.WaitAsync(cancellationToken);
        }
        finally
        {
            if (taken > 0) _inFlight.Release(taken);
        }
    }
}
