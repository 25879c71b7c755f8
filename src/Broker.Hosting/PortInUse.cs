using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;

namespace Broker.Hosting;

/// <summary>A port that something else listens on.</summary>
internal static class PortInUse
{
    /// <summary>Whether a start failed for that.</summary>
    public static bool Is(Exception failure) =>
        failure is AddressInUseException
        || failure is SocketException { SocketErrorCode: SocketError.AddressAlreadyInUse or SocketError.AddressNotAvailable }
        || (failure.InnerException is { } inner && Is(inner));

    /// <summary>What to tell the operator.</summary>
    public static NodeStartException Of(IPEndPoint endpoint, Exception failure) =>
        new($"Port {endpoint.Port} of {endpoint.Address} cannot be listened on ({failure.GetBaseException().Message}). Stop what listens there, or name another with --port (--listen in a cluster).", failure);

    /// <summary>Asks before anything starts, so that nothing has to be taken down again; the listener itself has the last word.</summary>
    /// <exception cref="NodeStartException">It is in use.</exception>
    public static void RequireFree(IPEndPoint endpoint)
    {
        try
        {
            using var probe = new TcpListener(endpoint);
            probe.Start();
        }
        catch (SocketException failure)
        {
            throw Of(endpoint, failure);
        }
    }
}
