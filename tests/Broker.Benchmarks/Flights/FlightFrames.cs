using System.Buffers;
using Broker.Benchmarks.Nodes;
using Broker.Benchmarks.Pulls;
using Broker.Protos.Flight;
using Google.Protobuf;
using Grpc.Core;

namespace Broker.Benchmarks.Flights;

/// <summary>The messages of a whole flight as they went over the wire, by partition; and how a client reads messages without looking into them.</summary>
internal sealed class FlightFrames
{
    private FlightFrames(IReadOnlyList<byte[]>[] all) => All = all;

    /// <summary>Each partition's, in order.</summary>
    public IReadOnlyList<byte[]>[] All { get; }

    /// <summary>DoGet with messages as bytes.</summary>
    public static Method<Ticket, byte[]> DoGet { get; } = DoGetOf(static context => context.PayloadAsNewBuffer());

    /// <summary>Pulls everything under a deal of its own, and keeps it.</summary>
    public static async Task<FlightFrames> RecordAsync(ReleasedRecords records)
    {
        var deal = await records.NewDealAsync();
        var info = await records.Node.Calls.FlightAsync(deal, ReleasedRecords.Partner);
        var (all, client) = (new IReadOnlyList<byte[]>[BenchNode.Partitions], new DroppingClient());
        for (var partition = 0; partition < all.Length; partition++)
        {
            var frames = new List<byte[]>();
            var ticket = new Ticket { Ticket_ = ByteString.CopyFrom(info.Endpoints[partition].Ticket.Ticket.Span) };
            using var call = records.Node.Channel.CreateCallInvoker().AsyncServerStreamingCall(DoGet, null, records.Node.Calls.AsPartner(ReleasedRecords.Partner), ticket);
            await foreach (var frame in call.ResponseStream.ReadAllAsync())
            {
                frames.Add(frame);
                client.Note(DroppingClient.MetadataOf(new ReadOnlySequence<byte>(frame)));
            }

            all[partition] = frames;
        }

        await records.SettleAsync(deal, client.Slices, client.Records);
        return new FlightFrames(all);
    }

    /// <summary>DoGet with a way of its own to read a message, or to drop it.</summary>
    public static Method<Ticket, T> DoGetOf<T>(Func<DeserializationContext, T> read) => new(
        MethodType.ServerStreaming, "arrow.flight.protocol.FlightService", "DoGet",
        Marshallers.Create(static (message, context) => context.Complete(message.ToByteArray()), static context => Ticket.Parser.ParseFrom(context.PayloadAsReadOnlySequence())),
        Marshallers.Create(static (_, _) => throw new NotSupportedException("A client sends no messages of a flight."), read));
}
