using Broker.Gateway.Deals;
using Broker.Gateway.Errors;
using Broker.Gateway.Identity;
using Broker.Gateway.Parsing;
using Broker.Gateway.Platforms;
using Broker.Gateway.Pulls;
using Broker.Grains.Deals;
using Broker.Grains.Partitions;
using Broker.Protos.Flight;
using Broker.Protos.V1;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Microsoft.Extensions.Options;

namespace Broker.Gateway.Flights;

/// <summary>What flights there are, and how each is read.</summary>
internal sealed class FlightInfos(IGrainFactory grains, PlatformDirectory platforms, DealLists deals, FlightTickets tickets, IOptions<PullOptions> options)
{
    private const int PageSize = 100;

    /// <summary>The caller's deals as a partner, without endpoints.</summary>
    /// <exception cref="RpcException">INVALID_ARGUMENT: the criteria are no platform's name.</exception>
    public IAsyncEnumerable<FlightInfo> ListAsync(Criteria criteria, VerifiedCaller caller)
    {
        var parent = criteria.Expression.IsEmpty ? ResourceNames.AllPlatforms : criteria.Expression.ToStringUtf8();
        if (parent != ResourceNames.AllPlatforms && ResourceNames.ParsePlatform(parent) is null)
            throw RpcErrors.InvalidField("expression", $"Empty, or {ResourceNames.PlatformFormat}.");
        // Whoever has other roles besides lists deals of others elsewhere: these are for reading.
        return ListAsync(parent, caller with { Roles = Roles.Partner, Platform = null });
    }

    /// <summary>A deal with an endpoint for each partition.</summary>
    /// <exception cref="RpcException">NOT_FOUND: there is no such deal.</exception>
    public async Task<FlightInfo> GetAsync(FlightDescriptor descriptor, VerifiedCaller caller, CancellationToken cancellationToken)
    {
        var deal = DealOf(descriptor);
        var info = InfoOf(descriptor, await SchemaOfAsync(deal));
        var (expiry, endpoints) = (tickets.ExpiryFromNow.ToTimestamp(), new FlightEndpoint[await platforms.PartitionCountAsync(deal.Platform)]);
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = options.Value.PartitionsAtOnceMax, CancellationToken = cancellationToken };
        await Parallel.ForAsync(0, endpoints.Length, parallel, async (index, token) =>
        {
            var status = await grains.GetGrain<IPartitionGrain>(PartitionKeys.Of(deal.Platform, index)).GetStatusAsync();
            var ticket = new PartitionTicket { Partner = caller.Partner, Deal = deal.ToString(), Partition = index, Position = status.Position, ExpireTime = expiry };
            endpoints[index] = new FlightEndpoint { Ticket = await tickets.SignAsync(deal, ticket, token), ExpirationTime = expiry };
        });
        info.Endpoint.AddRange(endpoints);
        return info;
    }

    /// <summary>A deal's schema as an encapsulated IPC message.</summary>
    /// <exception cref="RpcException">NOT_FOUND: there is no such deal.</exception>
    public async Task<ByteString> GetSchemaAsync(FlightDescriptor descriptor) => UnsafeByteOperations.UnsafeWrap((await SchemaOfAsync(DealOf(descriptor))).Encapsulated);

    private async IAsyncEnumerable<FlightInfo> ListAsync(string parent, VerifiedCaller partner)
    {
        var request = new ListDealsRequest { Parent = parent, PageSize = PageSize };
        do
        {
            var page = await deals.ListAsync(request, partner);
            foreach (var deal in page.Deals)
                yield return InfoOf(new FlightDescriptor { Type = FlightDescriptor.Types.DescriptorType.Path, Path = { deal.Name } }, await SchemaOfAsync(ResourceNames.ParseDeal(deal.Name)!.Value));
            request.PageToken = page.NextPageToken;
        }
        while (request.PageToken.Length > 0);
    }

    private async Task<FlightSchema> SchemaOfAsync(DealName deal)
    {
        var view = await grains.GetGrain<IDealGrain>(deal.GrainKey).GetAsync() ?? throw RpcErrors.NotFound(deal.ToString());
        return FlightSchema.Of(view.Contract.Terms.Scope.Fields);
    }

    private static FlightInfo InfoOf(FlightDescriptor descriptor, FlightSchema schema) => new()
    {
        Schema = UnsafeByteOperations.UnsafeWrap(schema.Encapsulated),
        FlightDescriptor = descriptor,
        TotalRecords = -1,
        TotalBytes = -1,
    };

    private static DealName DealOf(FlightDescriptor descriptor) => ResourceNames.ParseDeal(FlightNames.DealNameOf(descriptor))!.Value;
}
