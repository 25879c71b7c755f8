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

    /// <summary>Called before a message is handed over.</summary>
    public Action<HandOver>? OnHandOver { get; set; }

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

    private void Note(string deal, PullResponse message)
    {
        if (message.RecordBatch is not { } batch) return;
        foreach (var author in batch.Records.GroupBy(record => record.Author))
        {
            var handOver = new HandOver(author.Key, deal, Stopwatch.GetTimestamp(), author.Count());
            HandOvers.Enqueue(handOver);
            OnHandOver?.Invoke(handOver);
        }
    }

    private sealed class Noting<T>(TransportLog log, string deal, IServerStreamWriter<T> inner) : IServerStreamWriter<T>
    {
        public WriteOptions? WriteOptions
        {
            get => inner.WriteOptions;
            set => inner.WriteOptions = value;
        }

        public Task WriteAsync(T message) => WriteAsync(message, CancellationToken.None);

        public Task WriteAsync(T message, CancellationToken cancellationToken)
        {
            log.Note(deal, (PullResponse)(object)message!);
            return inner.WriteAsync(message, cancellationToken);
        }
    }
}
