using System.Threading.Channels;
using Broker.Domain.Releases;
using Broker.Gateway.Parsing;
using Broker.Grains.Keys;
using Broker.Grains.Pulls;

namespace Broker.Gateway.Pulls;

/// <summary>What the parts of one stream share.</summary>
/// <param name="Deal">The deal.</param>
/// <param name="StreamId">The stream's own id.</param>
/// <param name="SliceRecordsMax">Most records of a slice.</param>
/// <param name="Observer">Hears of revocations.</param>
/// <param name="Ready">Slices to send, in the order in which they were granted.</param>
internal sealed record PullContext(DealName Deal, string StreamId, int SliceRecordsMax, IPullObserver Observer, ChannelWriter<HeldSlice> Ready)
{
    public required PullOptions Options { get; init; }

    public required TimeProvider Time { get; init; }

    public required IEntropy Entropy { get; init; }

    public required SliceSizer Sizer { get; init; }

    public required PullTotals Totals { get; init; }

    public required PullMeter Meter { get; init; }

    public required ILogger Logger { get; init; }

    /// <summary>Whether the gateway stops: no slice is asked for any more.</summary>
    public required Draining Draining { get; init; }

    /// <summary>What keeps the stream open when its rounds are finished; null where they end it.</summary>
    public PullFollow? Follow { get; init; }

    /// <summary>What it asks for of the deal's scope; null for all of it.</summary>
    public PullFilter? Filter { get; init; }

    /// <summary>The monotonic timestamp of a while after another.</summary>
    public long After(long timestamp, TimeSpan span) => timestamp + (long)(span.TotalSeconds * Time.TimestampFrequency);
}
