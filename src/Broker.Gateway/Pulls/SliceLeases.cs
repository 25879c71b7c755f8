using System.Collections.Concurrent;
using Broker.Grains.Partitions;
using Broker.Grains.Pulls;

namespace Broker.Gateway.Pulls;

/// <summary>The leases that a stream holds in one partition, renewed three times a lease while they are needed.</summary>
internal sealed class SliceLeases(IPartitionGrain partition, int index, PullContext pull) : IAsyncDisposable
{
    private const int RenewalsPerLease = 3;

    private readonly ConcurrentDictionary<SliceName, HeldSlice> _held = new();
    private readonly CancellationTokenSource _stop = new();
    private Task? _renewing;

    public IReadOnlyList<HeldSlice> All() => [.. _held.Values];

    public void Add(HeldSlice slice)
    {
        _held[slice.Grant.Slice] = slice;
        _renewing ??= RenewAsync(slice.Grant.Lease / RenewalsPerLease);
    }

    /// <summary>Ends a lease; false where it is ended already.</summary>
    public bool Forget(HeldSlice slice) => _held.TryRemove(KeyValuePair.Create(slice.Grant.Slice, slice));

    public HeldSlice? Find(SliceName slice) => _held.GetValueOrDefault(slice);

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        if (_renewing is not null) await _renewing;
        _stop.Dispose();
    }

    private async Task RenewAsync(TimeSpan period)
    {
        using var timer = new PeriodicTimer(period, pull.Time);
        try
        {
            while (await timer.WaitForNextTickAsync(_stop.Token))
                if (!_held.IsEmpty)
                    await TryRenewAsync();
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // The stream is over.
        }
    }

    private async Task TryRenewAsync()
    {
        var slices = _held.ToArray();
        var asked = pull.Time.GetTimestamp();
        try
        {
            var renewal = await partition.RenewLeasesAsync(pull.Deal.Deal, pull.StreamId, slices.Select(entry => entry.Key).ToArray());
            var renewed = renewal.Renewed.ToHashSet();
            pull.Meter.Renewed(renewed.Count, slices.Length - renewed.Count);
            foreach (var (name, slice) in slices)
            {
                if (renewed.Contains(name)) slice.Renew(pull.After(asked, renewal.Lease));
                else slice.Puller.Revoke(slice);
            }
        }
        catch (Exception failure) when (failure is not OutOfMemoryException)
        {
            // Nothing is sent without a lease: what could not be renewed stops by itself.
            PullLog.RenewFailed(pull.Logger, pull.Deal.ToString(), index, failure);
        }
    }
}
