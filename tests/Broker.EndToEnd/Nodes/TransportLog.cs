using System.Collections.Concurrent;
using System.Diagnostics;
using Broker.Protos.V1;
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
        request is PullRequest pull
            ? continuation(request, new Noting<TResponse>(this, pull.Deal, responseStream), context)
            : continuation(request, responseStream, context);

    private async Task NoteAsync(string deal, PullResponse message)
    {
        if (message.RecordBatch is not { } batch) return;
        var authors = batch.Records.CountBy(record => record.Author).ToList();
        if (BeforeHandOver is { } wait)
            foreach (var author in authors) await wait(author.Key);
        foreach (var author in authors) HandOvers.Enqueue(new HandOver(author.Key, deal, Stopwatch.GetTimestamp(), author.Value));
    }

    private sealed class Noting<T>(TransportLog log, string deal, IServerStreamWriter<T> inner) : IServerStreamWriter<T>
    {
        public WriteOptions? WriteOptions
        {
            get => inner.WriteOptions;
            set => inner.WriteOptions = value;
        }

        public Task WriteAsync(T message) => WriteAsync(message, CancellationToken.None);

        public async Task WriteAsync(T message, CancellationToken cancellationToken)
        {
            await log.NoteAsync(deal, (PullResponse)(object)message!);
            await inner.WriteAsync(message, cancellationToken);
        }
    }
}
