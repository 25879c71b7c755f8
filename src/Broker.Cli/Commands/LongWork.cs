using Broker.Cli.Calls;
using Broker.Client;
using Broker.Gateway.Parsing;
using Broker.Protos.V1;

namespace Broker.Cli.Commands;

/// <summary>Connections for work that outlives a restart of its node.</summary>
internal static class LongWork
{
    /// <summary>A patient connection as a platform's admin. A node that is not there at all, or a platform, is told at once.</summary>
    /// <exception cref="BrokerException">The node cannot be reached, or has no such platform.</exception>
    public static async Task<BrokerConnection> ConnectAsync(CommandContext context, string platform, CancellationToken cancellationToken)
    {
        var access = Access.PlatformAdmin(platform);
        var node = context.Connect(access);
        await node.CallAsync(node.Platforms.GetPlatformAsync, new GetPlatformRequest { Name = ResourceNames.Platform(platform) }, cancellationToken);
        return context.Connect(access, context.Host.Patience);
    }
}
