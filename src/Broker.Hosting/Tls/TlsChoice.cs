using System.Net;
using Broker.Hosting.Clusters;

namespace Broker.Hosting.Tls;

/// <summary>Where a node may speak in the clear: on loopback, and nowhere else.</summary>
internal static class TlsChoice
{
    /// <summary>Refuses a node that would send tokens, records or the cluster's own calls over a net in the clear.</summary>
    /// <exception cref="NodeStartException">It would; the message says what to do.</exception>
    public static void Check(ClusterNodeOptions options, IPEndPoint listen)
    {
        if (options.Roles.HasFlag(NodeRoles.Gateway) && options.Tls.Certificate is null && !IPAddress.IsLoopback(listen.Address))
            throw new NodeStartException($"A gateway that listens at {listen}, beyond loopback, would send tokens and records in the clear: name Tls.Certificate and Tls.Key (docs/tls.md), or listen on 127.0.0.1.");
        if (options.Roles.HasFlag(NodeRoles.Silo) && options.SiloTls.Certificate is null && !IPAddress.IsLoopback(ListenAddress.ParseAddress(options.SiloAddress, nameof(options.SiloAddress))))
            throw new NodeStartException($"A silo at {options.SiloAddress}, beyond loopback, would talk to the others in the clear, and take anybody for one: name SiloTls.Certificate, Key and Authorities (docs/tls.md), or use 127.0.0.1.");
    }
}
