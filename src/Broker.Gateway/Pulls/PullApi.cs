using System.Collections.Concurrent;
using System.Threading.Channels;
using Broker.Domain;
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
    FollowLimit follows,
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
        var (deal, partitions, sliceRecords, filter) = PullParser.Parse(request, count, options.Value);
        var view = await grains.GetGrain<IDealGrain>(deal.GrainKey).GetAsync() ?? throw RpcErrors.NotFound(deal.ToString());
        var names = await pseudonyms.OfDealAsync(deal.Platform, deal.Deal, context.CancellationToken);
        if (request.Follow && !view.Contract.Terms.Scope.FollowAllowed) throw FollowNotAllowed();
        if (filter is not null) FilterParser.RequireWithin(filter, view.Contract.Terms.Scope);

        var pullers = new ConcurrentDictionary<int, PartitionPuller>();
        var observer = new PullObserver(pullers.GetValueOrDefault);
        var reference = grains.CreateObjectReference<IPullObserver>(observer);
        try
        {
            using var place = request.Follow ? follows.Enter() : null;
            using var follow = request.Follow ? new PullFollow(options.Value, partitions.Count, time, draining.Begun) : null;
            var openedAt = time.GetTimestamp();
            await responseStream.WriteAsync(new PullResponse { Header = HeaderOf(deal, view, count, partitions) }, context.CancellationToken);
            var ready = Channel.CreateUnbounded<HeldSlice>(new UnboundedChannelOptions { SingleReader = true });
            var pull = ContextOf(deal, sliceRecords, reference, ready.Writer, follow, filter);
            var messages = new PullMessages(pull, names);
            var sender = new SliceSender<PullResponse>(pull, responseStream, context.GetHttpContext().Abort, renderer, messages, openedAt);
            if (follow is not null) follow.Heartbeat = () => sender.SendAsync(offset => messages.HeartbeatOf(follow, offset), follow.HeartbeatPeriod);
            await new PullStream(grains, pull, pullers, ready.Reader).RunAsync(partitions, sender.SendAsync, context.CancellationToken);
            if (pull.Totals.Broken is { } broken) throw broken;
            if (draining.HasBegun) throw Draining.GoElsewhere();
            await EndAsync(pull, responseStream, context.CancellationToken);
        }
        finally
        {
            grains.DeleteObjectReference<IPullObserver>(reference);
            GC.KeepAlive(observer); // Orleans holds observers weakly
        }
    }

    public override Task<ConfirmSlicesResponse> ConfirmSlices(ConfirmSlicesRequest request, ServerCallContext context) => confirmations.ConfirmAsync(request);

    /// <summary>A summary; or, where nothing was sent at all, the reason as an error.</summary>
    private static async Task EndAsync(PullContext pull, IServerStreamWriter<PullResponse> stream, CancellationToken cancellationToken)
    {
        if (pull is { Totals: { Slices: 0, Ended: { } refusal }, Follow: not { HasCaughtUp: true } }) throw refusal.ToRpcException();
        var summary = pull.Totals.ToSummary();
        // One that follows is never at its end by itself: it has grown old.
        if (pull.Follow is not null && summary.Reason == PullEndReason.Finished) summary.Reason = PullEndReason.Renew;
        await stream.WriteAsync(new PullResponse { Summary = summary }, cancellationToken);
    }

    private static RpcException FollowNotAllowed() =>
        new Refusal(RefusalReason.FollowNotAllowed, "The contract does not allow a pull to stay open for fresh records. Pull without `follow`.", "follow").ToRpcException();

    private PullContext ContextOf(DealName deal, int sliceRecords, IPullObserver observer, ChannelWriter<HeldSlice> ready, PullFollow? follow, Domain.Releases.PullFilter? filter) =>
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
            Follow = follow,
            Filter = filter,
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
