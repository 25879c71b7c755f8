using System.Collections.Concurrent;
using System.Threading.Channels;
using Broker.Gateway.Errors;
using Broker.Grains.Pulls;
using Grpc.Core;

namespace Broker.Gateway.Pulls;

/// <summary>One stream from its opening to its end: partitions can tell it of revocations as long as it is not disposed.</summary>
internal sealed class PullRun : IDisposable
{
    private readonly IGrainFactory _grains;
    private readonly ChannelReader<HeldSlice> _ready;
    private readonly ConcurrentDictionary<int, PartitionPuller> _pullers = new();
    private readonly PullObserver _observer;
    private readonly IPullObserver _reference;

    /// <summary>Opens it.</summary>
    /// <param name="grains">Whom it asks.</param>
    /// <param name="ready">What the context's writer is handed.</param>
    /// <param name="contextOf">Makes the context of what hears of revocations.</param>
    public PullRun(IGrainFactory grains, ChannelReader<HeldSlice> ready, Func<IPullObserver, PullContext> contextOf)
    {
        (_grains, _ready) = (grains, ready);
        _observer = new PullObserver(_pullers.GetValueOrDefault);
        _reference = grains.CreateObjectReference<IPullObserver>(_observer);
        Context = contextOf(_reference);
    }

    /// <summary>What its parts share.</summary>
    public PullContext Context { get; }

    /// <summary>Pulls the partitions to their end. When this ends, in whichever way, every slice is settled.</summary>
    /// <param name="partitions">The partitions, each once.</param>
    /// <param name="send">Sends a slice and settles it.</param>
    /// <param name="cancellationToken">The caller has hung up.</param>
    /// <returns>What was sent, and why it ended.</returns>
    /// <exception cref="RpcException">Why nothing was sent at all, or why it broke off: see PullService.Pull.</exception>
    public async Task<PullTotals> RunAsync(IReadOnlyList<int> partitions, Func<HeldSlice, CancellationToken, Task> send, CancellationToken cancellationToken)
    {
        await new PullStream(_grains, Context, _pullers, _ready).RunAsync(partitions, send, cancellationToken);
        var totals = Context.Totals;
        if (totals.Broken is { } broken) throw broken;
        if (Context.Draining.HasBegun) throw Draining.GoElsewhere();
        // Where nothing was sent at all, the reason is an error.
        if (totals is { Slices: 0, Ended: { } refusal } && Context.Follow is not { HasCaughtUp: true }) throw refusal.ToRpcException();
        return totals;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Context.Follow?.Dispose();
        _grains.DeleteObjectReference<IPullObserver>(_reference);
        GC.KeepAlive(_observer); // Orleans holds observers weakly
    }
}
