using System.Buffers;
using System.Collections.Concurrent;
using System.Diagnostics;
using Apache.Arrow;
using Broker.Domain.Releases;
using Broker.Gateway.Flights;
using Broker.Gateway.Pulls;
using Broker.Protos.Flight;
using Broker.Protos.V1;
using Broker.TestKit.Nodes;
using Grpc.Core;
using Grpc.Core.Interceptors;

namespace Broker.EndToEnd.Nodes;

/// <summary>Stands between the gateway and the transport of a node in this process: notes when each message that holds a user's records is
/// handed over, and when each decision is acknowledged, by one monotonic clock.</summary>
internal sealed class TransportLog : Interceptor
{
    /// <summary>A hand-over of records of a user.</summary>
    public readonly record struct HandOver(string User, string Deal, long At, int Records);

    public ConcurrentQueue<HandOver> HandOvers { get; } = new();

    /// <summary>When a user's last decision was acknowledged: after the handler was done, before its answer was written.</summary>
    public ConcurrentDictionary<string, long> Acknowledged { get; } = new();

    /// <summary>Awaited before a message with records of a user is handed over: a transport that takes its time.</summary>
    public Func<string, Task>? BeforeHandOver { get; set; }

    public override async Task<TResponse> UnaryServerHandler<TRequest, TResponse>(
        TRequest request, ServerCallContext context, UnaryServerMethod<TRequest, TResponse> continuation)
    {
        var response = await continuation(request, context);
        if (request is SetConsentRequest decision) Acknowledged[decision.User[(decision.User.LastIndexOf('/') + 1)..]] = Stopwatch.GetTimestamp();
        return response;
    }

    public override Task ServerStreamingServerHandler<TRequest, TResponse>(
        TRequest request, IServerStreamWriter<TResponse> responseStream, ServerCallContext context, ServerStreamingServerMethod<TRequest, TResponse> continuation) =>
        request switch
        {
            PullRequest pull => continuation(request, new Noting<TResponse>(this, pull.Deal, responseStream, context), context),
            Ticket ticket => continuation(request, new Noting<TResponse>(this, PartitionTicket.Parser.ParseFrom(ticket.Ticket_.Span[32..]).Deal, responseStream, context), context),
            _ => continuation(request, responseStream, context),
        };

    private async Task NoteAsync(string deal, object message, CancellationToken reset)
    {
        var authors = (message switch
        {
            PullFrame frame => AuthorsOf(frame),
            FlightFrame frame => AuthorsOf(frame),
            _ => throw new InvalidOperationException($"An unknown message: {message}."),
        }).CountBy(author => author).ToList();
        if (BeforeHandOver is { } wait)
            foreach (var author in authors) await wait(author.Key);
        // On a machine that is busy enough a lease runs out while its message is held up here: the stream is reset then, and takes nothing more.
        if (reset.IsCancellationRequested) return;
        foreach (var author in authors) HandOvers.Enqueue(new HandOver(author.Key, deal, Stopwatch.GetTimestamp(), author.Value));
    }

    // As they go to the wire: what a frame writes into the transport's memory is what counts.
    private static IEnumerable<string> AuthorsOf(PullFrame frame)
    {
        var written = new ArrayBufferWriter<byte>();
        frame.WriteTo(written);
        return PullResponse.Parser.ParseFrom(written.WrittenSpan).RecordBatch?.Records.Select(record => record.Author) ?? [];
    }

    private static IEnumerable<string> AuthorsOf(FlightFrame frame)
    {
        var written = new ArrayBufferWriter<byte>();
        frame.WriteTo(written);
        var data = FlightData.Parser.ParseFrom(written.WrittenSpan);
        if (FlightMetadata.Parser.ParseFrom(data.AppMetadata).Header is not null) return [];
        byte[] message = [0xff, 0xff, 0xff, 0xff, .. BitConverter.GetBytes(data.DataHeader.Length), .. data.DataHeader.Span, .. data.DataBody.Span];
        using var batch = ArrowSerializationHelpers.DeserializeRecordBatch(FlightSchema.Of(FieldPolicy.Everything).Arrow, message);
        return PulledFlight.RecordsOf(batch).Select(record => record.Author);
    }

    private sealed class Noting<T>(TransportLog log, string deal, IServerStreamWriter<T> inner, ServerCallContext context) : IServerStreamWriter<T>
    {
        public WriteOptions? WriteOptions
        {
            get => inner.WriteOptions;
            set => inner.WriteOptions = value;
        }

        public Task WriteAsync(T message) => WriteAsync(message, CancellationToken.None);

        public async Task WriteAsync(T message, CancellationToken cancellationToken)
        {
            await log.NoteAsync(deal, message!, context.CancellationToken);
            await inner.WriteAsync(message, cancellationToken);
        }
    }
}
