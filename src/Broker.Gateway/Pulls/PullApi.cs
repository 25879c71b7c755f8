using System.Collections.Concurrent;
using System.Threading.Channels;
using Broker.Gateway.Errors;
using Broker.Gateway.Parsing;
using Broker.Gateway.Platforms;
using Broker.Grains.Deals;
using Broker.Grains.Keys;
using Broker.Grains.Partitions;
using Broker.Grains.Pulls;
using Broker.Protos.V1;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Microsoft.Extensions.Options;

namespace Broker.Gateway.Pulls;

/// <summary>Pulls on the wire.</summary>
internal sealed class PullApi(
    IGrainFactory grains,
    PlatformDirectory platforms,
    RecordRenderer renderer,
    DealPseudonyms pseudonyms,
    PullMeter meter,
    SliceConfirmations confirmations,
    IOptions<PullOptions> options,
    IOptions<SendLeaseOptions> leases,
    Draining draining,
    IEntropy entropy,
    TimeProvider time,
    ILogger<PullApi> logger) : PullService.PullServiceBase
{
    public override async Task Pull(PullRequest request, IServerStreamWriter<PullResponse> responseStream, ServerCallContext context)
    {
        var count = await platforms.PartitionCountAsync(ResourceNames.ParseDeal(request.Deal)!.Value.Platform);
        var (deal, partitions, sliceRecords) = PullParser.Parse(request, count, options.Value);
        var view = await grains.GetGrain<IDealGrain>(deal.GrainKey).GetAsync() ?? throw RpcErrors.NotFound(deal.ToString());
        var names = await pseudonyms.OfDealAsync(deal.Platform, deal.Deal, context.CancellationToken);

        var openedAt = time.GetTimestamp();
        await responseStream.WriteAsync(new PullResponse { Header = HeaderOf(deal, view, count, partitions) }, context.CancellationToken);
        var pullers = new ConcurrentDictionary<int, PartitionPuller>();
        var observer = new PullObserver(pullers.GetValueOrDefault);
        var reference = grains.CreateObjectReference<IPullObserver>(observer);
        try
        {
            var ready = Channel.CreateUnbounded<HeldSlice>(new UnboundedChannelOptions { SingleReader = true });
            var pull = ContextOf(deal, sliceRecords, reference, ready.Writer);
            var sender = new SliceSender<PullResponse>(pull, responseStream, context.GetHttpContext().Abort, renderer, new PullMessages(pull, names), openedAt);
            await new PullStream(grains, pull, pullers, ready.Reader).RunAsync(partitions, sender.SendAsync, context.CancellationToken);
            if (draining.HasBegun) throw Draining.GoElsewhere();
            await EndAsync(pull.Totals, responseStream, context.CancellationToken);
        }
        finally
        {
            grains.DeleteObjectReference<IPullObserver>(reference);
            GC.KeepAlive(observer); // Orleans holds observers weakly
        }
    }

    public override async Task<ConfirmSlicesResponse> ConfirmSlices(ConfirmSlicesRequest request, ServerCallContext context)
    {
        await confirmations.ConfirmAsync(request);
        return new();
    }

    /// <summary>A summary; or, where nothing was sent at all, the reason as an error.</summary>
    private static async Task EndAsync(PullTotals totals, IServerStreamWriter<PullResponse> stream, CancellationToken cancellationToken)
    {
        if (totals is { Slices: 0, Ended: { } refusal }) throw refusal.ToRpcException();
        await stream.WriteAsync(new PullResponse { Summary = totals.ToSummary() }, cancellationToken);
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

    private PullHeader HeaderOf(DealName deal, DealView view, int partitionCount, IReadOnlyList<int> partitions) => new()
    {
        Deal = deal.ToString(),
        Partner = ResourceNames.Partner(view.Partner),
        ContractVersion = view.Contract.Version,
        PartitionCount = partitionCount,
        Partitions = { partitions },
        OpenTime = time.GetUtcNow().ToTimestamp(),
        LeaseMs = (long)leases.Value.Lease.TotalMilliseconds,
    };
}
