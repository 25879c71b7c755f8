using Apache.Arrow.Flight;
using Broker.Gateway.Tests.Pulls;
using Broker.Protos.V1;
using Broker.TestKit.Nodes;
using Google.Rpc;
using Grpc.Core;

namespace Broker.Gateway.Tests.Flights;

/// <summary>What the stock client got of a flight of a <see cref="PullWorld"/>.</summary>
internal sealed class PulledFrames
{
    private PulledFrames(PulledFlight flight) => Flight = flight;

    public PulledFlight Flight { get; }

    /// <summary>The status that it ended with; null where that is OK.</summary>
    public RpcException? Error { get; private set; }

    public string? Reason => Error?.GetRpcStatus()?.GetDetail<ErrorInfo>()?.Reason;

    public PullSummary Summary => Flight.Summaries.Single();

    /// <summary>The messages in order: <c>header, batch 1, last 1, summary</c>.</summary>
    public IEnumerable<string> Shown => Flight.Headers.Select(_ => "header").Concat(Flight.Messages.Select(message => message switch
    {
        { Summary: not null } => "summary",
        { Slice: var slice } => $"{(slice.IsLast ? "last" : "batch")} {slice.Slice}" + (slice.Resend > 0 ? " again" : ""),
    }));

    /// <summary>Reads the flight of one partition to its end.</summary>
    public static async Task<PulledFrames> PullAsync(PullWorld world, int partition = 0)
    {
        var pulled = await PullAsync(world, await TicketAsync(world, partition));
        await world.EndedAsync();
        return pulled;
    }

    /// <summary>A partition's ticket.</summary>
    public static async Task<FlightTicket> TicketAsync(PullWorld world, int partition = 0)
    {
        var info = await world.Flights.GetInfo(FlightDescriptor.CreatePathDescriptor(PullWorld.DealName), world.AsPartner.Headers);
        return info.Endpoints[partition].Ticket;
    }

    /// <summary>Reads what a ticket opens to its end.</summary>
    public static async Task<PulledFrames> PullAsync(PullWorld world, FlightTicket ticket)
    {
        var pulled = new PulledFrames(new PulledFlight());
        using var call = world.Flights.GetStream(ticket, world.AsPartner.Headers);
        try
        {
            await pulled.Flight.ReadAsync(call);
        }
        catch (RpcException error)
        {
            pulled.Error = error;
        }

        return pulled;
    }
}
