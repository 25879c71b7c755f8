using System.Buffers;
using System.Diagnostics;
using Apache.Arrow.Flight;
using Broker.Benchmarks.Pulls;
using Broker.Protos.Flight;
using Broker.Protos.V1;
using Google.Protobuf;
using Grpc.Core;
using Grpc.Net.Client;

namespace Broker.Benchmarks.Flights;

/// <summary>A client that takes every message, notes what slice it belongs to, and drops its rows unseen.</summary>
internal sealed class DroppingClient
{
    private const int HeadBytes = 4_096; // more than what stands before the buffers
    private const int MetadataField = 3;
    private const int BodyField = 1_000;

    private static readonly Method<Ticket, FlightMetadata> DoGet = FlightFrames.DoGetOf(static context => MetadataOf(context.PayloadAsReadOnlySequence()));

    private readonly List<SliceRange> _slices = [];
    private long _records;

    /// <summary>Records of the slices that came.</summary>
    public long Records => _records;

    /// <summary>The slices whose last batch came.</summary>
    public IReadOnlyList<SliceRange> Slices => _slices;

    /// <summary>Pulls everything under a deal of its own, settles it, and compares the books.</summary>
    /// <returns>Records; how long it took from the asking for the flight; and this process's processor time for it.</returns>
    public static async Task<(long Records, TimeSpan Elapsed, TimeSpan Spent)> PullAsync(ReleasedRecords records)
    {
        var (deal, client) = (await records.NewDealAsync(), new DroppingClient());
        var (began, before) = (Stopwatch.GetTimestamp(), Process.GetCurrentProcess().TotalProcessorTime);
        var info = await records.Node.Calls.FlightAsync(deal, ReleasedRecords.Partner);
        await client.ReadAsync(records.Node.Channel, records.Node.Calls.AsPartner(ReleasedRecords.Partner), info.Endpoints.Select(endpoint => endpoint.Ticket));
        var (elapsed, spent) = (Stopwatch.GetElapsedTime(began), Process.GetCurrentProcess().TotalProcessorTime - before);
        await records.SettleAsync(deal, client.Slices, client.Records);
        return (client.Records, elapsed, spent);
    }

    private Task ReadAsync(GrpcChannel channel, CallOptions options, IEnumerable<FlightTicket> tickets) =>
        Task.WhenAll(tickets.Select(ticket => Task.Run(() => ReadAsync(channel, options, new Ticket { Ticket_ = ByteString.CopyFrom(ticket.Ticket.Span) }))));

    private async Task ReadAsync(GrpcChannel channel, CallOptions options, Ticket ticket)
    {
        using var call = channel.CreateCallInvoker().AsyncServerStreamingCall(DoGet, null, options, ticket);
        while (await call.ResponseStream.MoveNext(CancellationToken.None)) Note(call.ResponseStream.Current);
    }

    /// <summary>Notes what a message belongs to.</summary>
    public void Note(FlightMetadata metadata)
    {
        if (metadata.Slice is not { } slice) return;
        if (slice.Amounts is { } amounts) Interlocked.Add(ref _records, amounts.RecordCount);
        if (!slice.IsLast) return;
        lock (_slices) _slices.Add(new SliceRange { Partition = metadata.Partition, Round = slice.Round, FirstSlice = slice.Slice, LastSlice = slice.Slice });
    }

    /// <summary>A message's metadata; an empty one where it has none.</summary>
    public static FlightMetadata MetadataOf(ReadOnlySequence<byte> message)
    {
        var head = message.Slice(0, Math.Min(message.Length, HeadBytes)).ToArray();
        using var input = new CodedInputStream(head);
        while (input.ReadTag() is var tag && tag != 0 && WireFormat.GetTagFieldNumber(tag) != BodyField)
        {
            if (WireFormat.GetTagFieldNumber(tag) == MetadataField) return FlightMetadata.Parser.ParseFrom(input.ReadBytes());
            input.SkipLastField();
        }

        return new FlightMetadata();
    }
}
