using System.Collections.Concurrent;
using System.Threading.Channels;
using Broker.Gateway.Errors;
using Broker.Gateway.Parsing;
using Broker.Grains.Keys;
using Broker.Grains.Pulls;
using Grpc.Core;
using Microsoft.Extensions.Options;

namespace Broker.Gateway.Pulls;

/// <summary>Runs a stream over partitions of a deal from its attaching to its end, whichever its wire is.</summary>
internal sealed class PullRuns(
    IGrainFactory grains, PullMeter meter, IOptions<PullOptions> options, Draining draining, IEntropy entropy, TimeProvider time, ILogger<PullRuns> logger)
{
    /// <summary>Pulls the partitions to their end. When this ends, in whichever way, every slice is settled.</summary>
    /// <param name="deal">The deal.</param>
    /// <param name="partitions">The partitions, each once.</param>
    /// <param name="sliceRecords">Most records of a slice.</param>
    /// <param name="senderOf">Makes what sends a slice and settles it.</param>
    /// <param name="cancellationToken">The caller has hung up.</param>
    /// <returns>What was sent, and why it ended.</returns>
    /// <exception cref="RpcException">Why nothing was sent at all, or why it broke off: see PullService.Pull.</exception>
    public async Task<PullTotals> RunAsync(
        DealName deal, IReadOnlyList<int> partitions, int sliceRecords, Func<PullContext, Func<HeldSlice, CancellationToken, Task>> senderOf, CancellationToken cancellationToken)
    {
        var pullers = new ConcurrentDictionary<int, PartitionPuller>();
        var observer = new PullObserver(pullers.GetValueOrDefault);
        var reference = grains.CreateObjectReference<IPullObserver>(observer);
        try
        {
            var ready = Channel.CreateUnbounded<HeldSlice>(new UnboundedChannelOptions { SingleReader = true });
            var pull = ContextOf(deal, sliceRecords, reference, ready.Writer);
            await new PullStream(grains, pull, pullers, ready.Reader).RunAsync(partitions, senderOf(pull), cancellationToken);
            if (pull.Totals.Broken is { } broken) throw broken;
            if (draining.HasBegun) throw Draining.GoElsewhere();
            return pull.Totals is { Slices: 0, Ended: { } refusal } ? throw refusal.ToRpcException() : pull.Totals;
        }
        finally
        {
            grains.DeleteObjectReference<IPullObserver>(reference);
            GC.KeepAlive(observer); // Orleans holds observers weakly
        }
    }

    private PullContext ContextOf(DealName deal, int sliceRecords, IPullObserver observer, ChannelWriter<HeldSlice> ready) =>
        new(deal, Guid.CreateVersion7(time.GetUtcNow()).ToString("N"), sliceRecords, observer, ready)
        {
            Options = options.Value,
            Time = time,
            Entropy = entropy,
            Sizer = new SliceSizer(options.Value),
            Totals = new PullTotals(),
            Meter = meter,
            Logger = logger,
            Draining = draining,
        };
}
