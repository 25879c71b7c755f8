using Broker.Domain;
using Broker.Gateway.Errors;
using Broker.Gateway.Parsing;
using Broker.Gateway.Platforms;
using Broker.Grains.Deals;
using Broker.Grains.Keys;
using Broker.Grains.Partitions;
using Broker.Protos.V1;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Microsoft.Extensions.Options;

namespace Broker.Gateway.Pulls;

/// <summary>Pulls on the wire.</summary>
[BindServiceMethod(typeof(PullMethods), nameof(PullMethods.BindNothing))]
internal sealed class PullApi(
    IGrainFactory grains,
    PlatformDirectory platforms,
    PullRuns runs,
    SliceOpener opener,
    DealPseudonyms pseudonyms,
    SliceConfirmations confirmations,
    FollowLimit follows,
    IOptions<PullOptions> options,
    IOptions<SendLeaseOptions> leases,
    Draining draining,
    TimeProvider time) : PullService.PullServiceBase
{
    /// <summary>See PullService.Pull. Bound by <see cref="PullMethods"/>.</summary>
    public async Task Pull(PullRequest request, IServerStreamWriter<PullFrame> stream, ServerCallContext context)
    {
        var count = await platforms.PartitionCountAsync(ResourceNames.ParseDeal(request.Deal)!.Value.Platform);
        var (deal, partitions, sliceRecords, filter) = PullParser.Parse(request, count, options.Value);
        var view = await grains.GetGrain<IDealGrain>(deal.GrainKey).GetAsync() ?? throw RpcErrors.NotFound(deal.ToString());
        var names = await pseudonyms.OfDealAsync(deal.Platform, deal.Deal, context.CancellationToken);
        if (request.Follow && !view.Contract.Terms.Scope.FollowAllowed) throw FollowNotAllowed();
        if (filter is not null) FilterParser.RequireWithin(filter, view.Contract.Terms.Scope);

        var follow = request.Follow ? new PullFollow(options.Value, partitions.Count, time, follows.Enter(), draining.Begun) : null;
        using var run = runs.Open(deal, sliceRecords, follow, filter);
        var openedAt = time.GetTimestamp();
        await stream.WriteAsync(new PullFrame(new PullResponse { Header = HeaderOf(deal, view, count, partitions) }), context.CancellationToken);
        var messages = new PullMessages(run.Context, names);
        var sender = new SliceSender<PullFrame>(run.Context, stream, context.GetHttpContext().Abort, opener, messages, openedAt);
        if (follow is not null) follow.Heartbeat = () => sender.SendAsync(offset => messages.HeartbeatOf(follow, offset), follow.HeartbeatPeriod);
        var summary = (await run.RunAsync(partitions, sender.SendAsync, context.CancellationToken)).ToSummary();
        // One that follows is never at its end by itself: it has grown old.
        if (request.Follow && summary.Reason == PullEndReason.Finished) summary.Reason = PullEndReason.Renew;
        await stream.WriteAsync(new PullFrame(new PullResponse { Summary = summary }), context.CancellationToken);
    }

    public override Task<ConfirmSlicesResponse> ConfirmSlices(ConfirmSlicesRequest request, ServerCallContext context) => confirmations.ConfirmAsync(request);

    private static RpcException FollowNotAllowed() =>
        new Refusal(RefusalReason.FollowNotAllowed, "The contract does not allow a pull to stay open for fresh records. Pull without `follow`.", "follow").ToRpcException();

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
