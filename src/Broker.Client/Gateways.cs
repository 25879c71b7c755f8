using Grpc.Core;
using Grpc.Net.Client;

namespace Broker.Client;

/// <summary>The gateways of one cluster: calls go to one of them until it fails; then to the next, round and round.</summary>
/// <remarks>One channel each, instead of a channel that balances: a gateway that is stopped still takes connections (its kernel does), so only a call
/// without an answer tells that it is not there.</remarks>
internal sealed class Gateways(IReadOnlyList<GrpcChannel> channels) : CallInvoker, IDisposable
{
    private readonly CallInvoker[] _invokers = [.. channels.Select(channel => channel.CreateCallInvoker())];
    private int _current;

    /// <summary>The one that calls go to now.</summary>
    public int Current => Volatile.Read(ref _current);

    /// <summary>One did not answer: calls go to the next, unless somebody has noticed that before.</summary>
    public void Leave(int gateway) => Interlocked.CompareExchange(ref _current, (gateway + 1) % _invokers.Length, gateway);

    public override AsyncUnaryCall<TResponse> AsyncUnaryCall<TRequest, TResponse>(Method<TRequest, TResponse> method, string? host, CallOptions options, TRequest request) =>
        _invokers[Current].AsyncUnaryCall(method, host, options, request);

    public override TResponse BlockingUnaryCall<TRequest, TResponse>(Method<TRequest, TResponse> method, string? host, CallOptions options, TRequest request) =>
        _invokers[Current].BlockingUnaryCall(method, host, options, request);

    public override AsyncServerStreamingCall<TResponse> AsyncServerStreamingCall<TRequest, TResponse>(Method<TRequest, TResponse> method, string? host, CallOptions options, TRequest request) =>
        _invokers[Current].AsyncServerStreamingCall(method, host, options, request);

    public override AsyncClientStreamingCall<TRequest, TResponse> AsyncClientStreamingCall<TRequest, TResponse>(Method<TRequest, TResponse> method, string? host, CallOptions options) =>
        _invokers[Current].AsyncClientStreamingCall(method, host, options);

    public override AsyncDuplexStreamingCall<TRequest, TResponse> AsyncDuplexStreamingCall<TRequest, TResponse>(Method<TRequest, TResponse> method, string? host, CallOptions options) =>
        _invokers[Current].AsyncDuplexStreamingCall(method, host, options);

    public void Dispose()
    {
        foreach (var channel in channels) channel.Dispose();
    }
}
