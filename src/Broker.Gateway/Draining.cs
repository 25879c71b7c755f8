using Broker.Gateway.Errors;
using Grpc.Core;

namespace Broker.Gateway;

/// <summary>A gateway that is told to stop lets its calls come to an end: what is being sent is sent to its end, nothing new is begun, and
/// the caller is told to go on at another gateway.</summary>
/// <param name="lifetime">The host's.</param>
internal sealed class Draining(IHostApplicationLifetime lifetime)
{
    private static readonly TimeSpan RetryDelay = TimeSpan.FromMilliseconds(100);

    /// <summary>Cancelled when the gateway begins to stop.</summary>
    public CancellationToken Begun => lifetime.ApplicationStopping;

    /// <summary>Whether the gateway stops.</summary>
    public bool HasBegun => Begun.IsCancellationRequested;

    /// <summary>What the caller of a call that is cut short is told.</summary>
    public static RpcException GoElsewhere() => RpcErrors.Unavailable("GATEWAY_STOPPING", "This gateway stops. Call again: another goes on where it was.", RetryDelay);
}
