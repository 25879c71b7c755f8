using System.Globalization;
using Apache.Arrow;
using Apache.Arrow.Flight;
using Apache.Arrow.Flight.Client;
using Apache.Arrow.Flight.Server;
using Broker.Benchmarks.Rivals;
using Broker.Protos.Flight;
using Grpc.AspNetCore.Server.Model;
using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Broker.Benchmarks.Flights;

/// <summary>A Flight server that knows no promise: it writes messages that lie ready in memory, framed, each in one piece.</summary>
internal sealed class FramedFlights(FlightFrames frames)
{
    /// <summary>Starts one.</summary>
    public static Task<RivalHost> StartAsync(FlightFrames frames, CancellationToken cancellationToken) => RivalHost.StartAsync(
        services =>
        {
            services.AddSingleton(new FramedFlights(frames));
            services.TryAddEnumerable(ServiceDescriptor.Singleton<IServiceMethodProvider<FramedFlights>, Methods>());
        },
        app => app.MapGrpcService<FramedFlights>(),
        cancellationToken);

    private async Task DoGet(Ticket request, IServerStreamWriter<byte[]> stream, ServerCallContext context)
    {
        foreach (var frame in frames.All[int.Parse(request.Ticket_.ToStringUtf8(), CultureInfo.InvariantCulture)]) await stream.WriteAsync(frame, context.CancellationToken);
    }

    private sealed class Methods : IServiceMethodProvider<FramedFlights>
    {
        private static readonly Method<Ticket, byte[]> Framed = new(
            MethodType.ServerStreaming, FlightFrames.DoGet.ServiceName, FlightFrames.DoGet.Name,
            Marshallers.Create<Ticket>(static (_, _) => throw new NotSupportedException("A server sends no tickets."), static context => Ticket.Parser.ParseFrom(context.PayloadAsReadOnlySequence())),
            Marshallers.Create<byte[]>(
                static (message, context) =>
                {
                    context.SetPayloadLength(message.Length);
                    System.Buffers.BuffersExtensions.Write(context.GetBufferWriter(), message);
                    context.Complete();
                },
                static _ => throw new NotSupportedException("A server receives no messages of a flight.")));

        public void OnServiceMethodDiscovery(ServiceMethodProviderContext<FramedFlights> context) =>
            context.AddServerStreamingMethod(Framed, [], static (service, request, stream, call) => service.DoGet(request, stream, call));
    }
}

/// <summary>The stock Arrow Flight server, over record batches that lie ready in memory.</summary>
internal sealed class StockFlights(IReadOnlyList<RecordBatch>[] batches) : FlightServer
{
    /// <summary>Starts one over the batches that a flight brought.</summary>
    /// <param name="framed">A server of those.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public static async Task<RivalHost> StartAsync(RivalHost framed, CancellationToken cancellationToken)
    {
        var all = new IReadOnlyList<RecordBatch>[Nodes.BenchNode.Partitions];
        for (var partition = 0; partition < all.Length; partition++)
        {
            var batches = new List<RecordBatch>();
            using var call = new FlightClient(framed.Channel).GetStream(TicketOf(partition));
            await call.ResponseStream.Schema;
            while (await call.ResponseStream.MoveNext(cancellationToken)) batches.Add(call.ResponseStream.Current);
            all[partition] = batches;
        }

        return await RivalHost.StartAsync(
            services =>
            {
                services.AddGrpc().AddFlightServer<StockFlights>();
                services.AddSingleton(all);
            },
            app => app.MapFlightEndpoint(),
            cancellationToken);
    }

    /// <summary>A rival's ticket: the partition's number.</summary>
    public static FlightTicket TicketOf(int partition) => new(partition.ToString(CultureInfo.InvariantCulture));

    /// <inheritdoc/>
    public override async Task DoGet(FlightTicket ticket, FlightServerRecordBatchStreamWriter responseStream, ServerCallContext context)
    {
        foreach (var batch in batches[int.Parse(ticket.Ticket.ToStringUtf8(), CultureInfo.InvariantCulture)]) await responseStream.WriteAsync(batch);
    }
}
