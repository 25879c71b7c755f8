using Broker.Gateway.Errors;
using Broker.Gateway.Identity;
using Broker.Gateway.Parsing;
using Broker.Gateway.Platforms;
using Broker.Gateway.Pulls;
using Broker.Grains.Deals;
using Broker.Grains.Keys;
using Broker.Grains.Partitions;
using Broker.Protos.Flight;
using Broker.Protos.V1;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Google.Rpc;
using Grpc.Core;
using Microsoft.Extensions.Options;

namespace Broker.Gateway.Flights;

/// <summary>Arrow Flight on the wire: the same pulls as <see cref="PullApi"/>'s, as record batches.</summary>
internal sealed class FlightApi(
    IGrainFactory grains,
    PlatformDirectory platforms,
    FlightInfos infos,
    FlightTickets tickets,
    PullRuns runs,
    SliceOpener opener,
    DealPseudonyms pseudonyms,
    SliceConfirmations confirmations,
    IOptions<PullOptions> options,
    IOptions<GatewayOptions> limits,
    IOptions<SendLeaseOptions> leases,
    TimeProvider time)
{
    public async Task ListFlights(Criteria request, IServerStreamWriter<FlightInfo> stream, ServerCallContext context)
    {
        await foreach (var info in infos.ListAsync(request, context.GetCaller())) await stream.WriteAsync(info, context.CancellationToken);
    }

    public Task<FlightInfo> GetFlightInfo(FlightDescriptor request, ServerCallContext context) => infos.GetAsync(request, context.GetCaller(), context.CancellationToken);

    public async Task<SchemaResult> GetSchema(FlightDescriptor request, ServerCallContext context) => new() { Schema = await infos.GetSchemaAsync(request) };

    public async Task DoGet(Ticket request, IServerStreamWriter<FlightFrame> stream, ServerCallContext context)
    {
        var (deal, ticket) = await tickets.OpenAsync(request, context.GetCaller(), context.CancellationToken);
        await RequireReachedAsync(deal, ticket);
        var view = await grains.GetGrain<IDealGrain>(deal.GrainKey).GetAsync() ?? throw RpcErrors.NotFound(deal.ToString());
        var names = await pseudonyms.OfDealAsync(deal.Platform, deal.Deal, context.CancellationToken);
        var schema = FlightSchema.Of(view.Contract.Terms.Scope.Fields);
        var bounds = FlightBounds.Below(limits.Value.SendMessageBytesMax);

        using var run = runs.Open(deal, options.Value.SliceRecordsMax);
        var openedAt = time.GetTimestamp();
        await stream.WriteAsync(new FlightFrame(schema.Header, (await HeaderOfAsync(ticket, view)).ToByteArray(), MadeBody.None), context.CancellationToken);
        var messages = new FlightMessages(run.Context, schema, names, bounds);
        var sender = new SliceSender<FlightFrame>(run.Context, stream, context.GetHttpContext().Abort, opener, messages, openedAt);
        var totals = await run.RunAsync([ticket.Partition], sender.SendAsync, context.CancellationToken);
        await stream.WriteAsync(SummaryOf(ticket, view, schema, totals, names), context.CancellationToken);
    }

    public async Task DoAction(Protos.Flight.Action request, IServerStreamWriter<Protos.Flight.Result> stream, ServerCallContext context)
    {
        var response = await confirmations.ConfirmAsync(FlightNames.RequestOf(request));
        await stream.WriteAsync(new() { Body = response.ToByteString() }, context.CancellationToken);
    }

    public static Task ListActions(Protos.Flight.Empty request, IServerStreamWriter<ActionType> stream, ServerCallContext context) => stream.WriteAsync(
        new ActionType { Type = FlightNames.ConfirmSlices, Description = "Says which slices the client holds durably. Body: broker.v1.ConfirmSlicesRequest, binary or JSON." }, context.CancellationToken);

    // What was released before a backup that lacks it was restored is not known any more; to go on from there would release it again.
    private async Task RequireReachedAsync(DealName deal, PartitionTicket ticket)
    {
        var status = await grains.GetGrain<IPartitionGrain>(PartitionKeys.Of(deal.Platform, ticket.Partition)).GetStatusAsync();
        if (status.Position < ticket.Position)
            throw RpcErrors.Create(Code.FailedPrecondition, "TICKET_AHEAD", "The partition's log does not reach the position of this ticket: it has lost what it had. Its operator has to know.");
    }

    private async Task<FlightMetadata> HeaderOfAsync(PartitionTicket ticket, DealView view)
    {
        var metadata = MetadataOf(ticket, view);
        metadata.Header = new FlightHeader
        {
            Partner = ResourceNames.Partner(view.Partner),
            PartitionCount = await platforms.PartitionCountAsync(ResourceNames.ParseDeal(ticket.Deal)!.Value.Platform),
            OpenTime = time.GetUtcNow().ToTimestamp(),
            LeaseMs = (long)leases.Value.Lease.TotalMilliseconds,
        };
        return metadata;
    }

    // A batch of no rows: stock clients take nothing but batches after the schema.
    private static FlightFrame SummaryOf(PartitionTicket ticket, DealView view, FlightSchema schema, PullTotals totals, Pseudonyms names)
    {
        var metadata = MetadataOf(ticket, view);
        metadata.Summary = totals.ToSummary();
        var nothing = RenderedBatch.Of(schema, MessagePart.Empty, view.Contract.Terms.Scope.Fields, names);
        return new FlightFrame(nothing.Header, metadata.ToByteArray(), nothing.Body);
    }

    private static FlightMetadata MetadataOf(PartitionTicket ticket, DealView view) =>
        new() { Deal = ticket.Deal, Partition = ticket.Partition, ContractVersion = view.Contract.Version };
}
