using Broker.Hosting.Clusters;
using Microsoft.Extensions.Logging;

namespace Broker.Hosting.Tls;

/// <summary>A node's TLS: towards callers, and towards the other nodes.</summary>
/// <param name="Gateway">Towards callers, or null.</param>
/// <param name="Silo">Towards other nodes, or null.</param>
internal sealed record NodeTls(GatewayTls? Gateway, SiloTls? Silo)
{
    /// <summary>Reads the files of both.</summary>
    /// <exception cref="NodeStartException">One is not right.</exception>
    public static NodeTls Open(ClusterNodeOptions options, TimeProvider time) =>
        new(options.Roles.HasFlag(NodeRoles.Gateway) ? GatewayTls.Open(options.Tls, time) : null, SiloTls.Open(options.SiloTls, time));

    /// <summary>Tells what happens from now on.</summary>
    public void LogTo(ILoggerFactory loggers)
    {
        Gateway?.LogTo(loggers.CreateLogger<GatewayTls>());
        Silo?.LogTo(loggers.CreateLogger<SiloTls>());
    }
}
