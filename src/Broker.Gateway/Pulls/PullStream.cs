using System.Collections.Concurrent;
using System.Threading.Channels;
using Broker.Gateway.Errors;
using Broker.Grains.Partitions;
using Broker.Grains.Segments;

namespace Broker.Gateway.Pulls;

/// <summary>One stream: several partitions hand slices over, one sender writes them.</summary>
internal sealed class PullStream(IGrainFactory grains, PullContext pull, ConcurrentDictionary<int, PartitionPuller> pullers, ChannelReader<HeldSlice> ready)
{
    /// <summary>Pulls the partitions and sends what they hand over. When this ends, in whichever way, every slice is settled.</summary>
    public async Task RunAsync(IReadOnlyList<int> partitions, Func<HeldSlice, CancellationToken, Task> send, CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        try
        {
            var pulling = StopOthersAsync(PullAllAsync(partitions, stop.Token), stop);
            var sending = StopOthersAsync(SendAllAsync(send, stop.Token), stop);
            await ThrowFirst(pulling, sending);
        }
        finally
        {
            // All at once: a partition that does not answer keeps no other's leases alive.
            await Task.WhenAll(pullers.Values.Select(puller => puller.DisposeAsync().AsTask()));
        }
    }

    private async Task PullAllAsync(IReadOnlyList<int> partitions, CancellationToken cancellationToken)
    {
        try
        {
            // Of a stream that follows each partition waits by itself, and they take turns.
            var atOnce = pull.Follow is null ? pull.Options.PartitionsAtOnceMax : partitions.Count;
            var parallel = new ParallelOptions { MaxDegreeOfParallelism = atOnce, CancellationToken = cancellationToken };
            for (var left = partitions; left.Count > 0;)
            {
                // Partitions that wait for tokens come again when the others are through: they keep nobody's records back.
                var waiting = new ConcurrentQueue<int>();
                await Parallel.ForEachAsync(left, parallel, async (index, token) =>
                {
                    if (await PullAsync(index, token)) waiting.Enqueue(index);
                });
                left = [.. waiting.Order()];
            }
        }
        finally
        {
            pull.Ready.Complete();
        }
    }

    /// <summary>Pulls a partition, or goes on with it; whether it waits and is to come again.</summary>
    private async Task<bool> PullAsync(int index, CancellationToken cancellationToken)
    {
        var isNew = !pullers.TryGetValue(index, out var puller);
        if (puller is null) pullers[index] = puller = new PartitionPuller(grains.GetGrain<IPartitionGrain>(PartitionKeys.Of(pull.Deal.Platform, index)), index, pull);
        var pulling = isNew ? puller.RunAsync(cancellationToken) : puller.GoOnAsync(cancellationToken);
        await (pull.Follow is null ? PullAsync(puller, pulling) : pulling);
        return pull.Follow is null && puller.IsWaiting;
    }

    /// <summary>A partition whose segments cannot be read ends alone; the stream tells of it when the others are done.</summary>
    private async Task PullAsync(PartitionPuller puller, Task pulling)
    {
        try
        {
            await pulling;
        }
        catch (SegmentCorruptException corrupt)
        {
            pull.Meter.Corrupt();
            PullLog.PartitionCorrupt(pull.Logger, pull.Deal.ToString(), puller.Index, corrupt);
            pull.Totals.Break(ErrorTranslation.ToRpcException(corrupt, isCancelled: false));
        }
    }

    private async Task SendAllAsync(Func<HeldSlice, CancellationToken, Task> send, CancellationToken cancellationToken)
    {
        while (await WaitToReadAsync(cancellationToken))
            while (ready.TryRead(out var slice))
                await send(slice, cancellationToken);
    }

    /// <summary>Waits for a slice, and lets a stream that follows be heard of meanwhile.</summary>
    private async Task<bool> WaitToReadAsync(CancellationToken cancellationToken)
    {
        var more = ready.WaitToReadAsync(cancellationToken).AsTask();
        while (pull.Follow is { } follow && !more.IsCompleted)
        {
            using var enough = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            var due = follow.HeartbeatDueAsync(enough.Token);
            var first = await Task.WhenAny(more, due);
            await enough.CancelAsync();
            await due.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            cancellationToken.ThrowIfCancellationRequested();
            if (first == due) await follow.Heartbeat();
        }

        return await more;
    }

    private static async Task StopOthersAsync(Task part, CancellationTokenSource stop)
    {
        try
        {
            await part;
        }
        catch
        {
            await stop.CancelAsync();
            throw;
        }
    }

    // The failure that stopped the other part counts, not the other's being stopped.
    private static async Task ThrowFirst(Task pulling, Task sending)
    {
        await Task.WhenAll(pulling, sending).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        foreach (var part in (Task[])[pulling, sending])
            if (part.IsFaulted)
                await part;
        await Task.WhenAll(pulling, sending);
    }
}
