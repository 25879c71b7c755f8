using Grpc.Core;

namespace Broker.Gateway;

/// <summary>Reads a client's stream until the gateway begins to stop: an upload may last longer than a stop, and its client sends all of it
/// again, under the same id, to another gateway.</summary>
/// <param name="stream">What the client sends.</param>
/// <param name="draining">Whether the gateway stops.</param>
internal sealed class DrainedReader<T>(IAsyncStreamReader<T> stream, Draining draining) : IAsyncStreamReader<T>
{
    public T Current => stream.Current;

    /// <exception cref="RpcException">UNAVAILABLE / GATEWAY_STOPPING.</exception>
    public async Task<bool> MoveNext(CancellationToken cancellationToken)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, draining.Begun);
        try
        {
            return await stream.MoveNext(either.Token);
        }
        catch (OperationCanceledException) when (draining.HasBegun && !cancellationToken.IsCancellationRequested)
        {
            throw Draining.GoElsewhere();
        }
    }
}
