using System.Threading.Channels;
using Broker.Domain.Releases;
using Broker.Gateway.Parsing;
using Broker.Grains.Keys;
using Microsoft.Extensions.Options;

namespace Broker.Gateway.Pulls;

/// <summary>Opens streams over partitions of deals, whichever their wire is.</summary>
internal sealed class PullRuns(
    IGrainFactory grains, PullMeter meter, IOptions<PullOptions> options, Draining draining, IEntropy entropy, TimeProvider time, ILogger<PullRuns> logger)
{
    /// <summary>Opens a stream; no partition knows of it yet.</summary>
    /// <param name="deal">The deal.</param>
    /// <param name="sliceRecords">Most records of a slice.</param>
    /// <param name="follow">What keeps it open when its rounds are finished; null where they end it. It is disposed of with the stream.</param>
    /// <param name="filter">What it asks for of the deal's scope; null for all of it.</param>
    public PullRun Open(DealName deal, int sliceRecords, PullFollow? follow = null, PullFilter? filter = null)
    {
        var ready = Channel.CreateUnbounded<HeldSlice>(new UnboundedChannelOptions { SingleReader = true });
        return new PullRun(grains, ready.Reader, observer => new PullContext(deal, Guid.CreateVersion7(time.GetUtcNow()).ToString("N"), sliceRecords, observer, ready.Writer)
        {
            Options = options.Value,
            Time = time,
            Entropy = entropy,
            Sizer = new SliceSizer(options.Value),
            Totals = new PullTotals(),
            Meter = meter,
            Logger = logger,
            Draining = draining,
            Follow = follow,
            Filter = filter,
        });
    }
}
