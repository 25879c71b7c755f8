using System.CommandLine;
using System.Globalization;
using Broker.Cli.Output;
using Broker.Hosting;
using Broker.Hosting.Clusters;

namespace Broker.Cli.Commands;

/// <summary>What <c>broker serve</c> takes for a node of a cluster. Secrets are no options: a command line can be read by anybody on the machine.</summary>
internal sealed class ClusterServeOptions
{
    private readonly Option<bool> _cluster = new("--cluster") { Description = "One process of a cluster, rather than a node alone." };
    private readonly Option<FileInfo?> _config = new("--config") { Description = "The node's configuration, JSON; see docs/cluster.md.", HelpName = "FILE" };
    private readonly Option<string?> _roles = new("--roles") { Description = "What the process does: silo, gateway, or silo,gateway. Default: both.", HelpName = "ROLES" };
    private readonly Option<string?> _listen = new("--listen") { Description = "Where gRPC is listened for. Default: 127.0.0.1:5270.", HelpName = "ADDRESS:PORT" };
    private readonly Option<int?> _siloPort = new("--silo-port") { Description = "The port for other silos; 0 takes any that is free. Default: 11111.", HelpName = "PORT" };
    private readonly Option<int?> _siloGatewayPort = new("--silo-gateway-port") { Description = "The port for gateways; 0 takes any that is free. Default: 30000.", HelpName = "PORT" };

    /// <summary>All of them.</summary>
    public IEnumerable<Option> All => [_cluster, _config, _roles, _listen, _siloPort, _siloGatewayPort];

    /// <summary>Whether the line asks for a cluster's node.</summary>
    public bool IsGiven(CommandContext context) => context.Get(_cluster);

    /// <summary>The node's options, from the file, the environment and the line.</summary>
    /// <param name="context">The command.</param>
    /// <param name="port">The loopback port that the line names, or null.</param>
    /// <param name="isReflectionEnabled">Whether tools may explore.</param>
    public ClusterNodeOptions Read(CommandContext context, int? port, bool isReflectionEnabled)
    {
        if (port is not null && context.Get(_listen) is not null) throw Usage("--port and --listen say the same thing: name one.");
        var options = ClusterConfiguration.Read(context.Get(_config)?.FullName,
        [
            new(nameof(ClusterNodeOptions.DataDirectory), context.DataDirectory),
            new(nameof(ClusterNodeOptions.Roles), context.Get(_roles) is { } roles ? RolesOf(roles) : null),
            new(nameof(ClusterNodeOptions.Listen), port is { } number ? string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{number}") : context.Get(_listen)),
            new(nameof(ClusterNodeOptions.SiloPort), context.Get(_siloPort)?.ToString(CultureInfo.InvariantCulture)),
            new(nameof(ClusterNodeOptions.SiloGatewayPort), context.Get(_siloGatewayPort)?.ToString(CultureInfo.InvariantCulture)),
        ]);
        if (isReflectionEnabled) options.Gateway.IsReflectionEnabled = true;
        return options;
    }

    /// <summary>The port of a node alone; none of the cluster's options may stand on the line.</summary>
    public int RequireNone(CommandContext context, int? port)
    {
        var isAny = context.Get(_config) is not null || context.Get(_roles) is not null || context.Get(_listen) is not null
            || context.Get(_siloPort) is not null || context.Get(_siloGatewayPort) is not null;
        if (isAny) throw Usage("--config, --roles, --listen, --silo-port and --silo-gateway-port are for a node of a cluster: add --cluster.");
        return port ?? NodeOptions.DefaultPort;
    }

    private static string RolesOf(string text) => text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries) switch
    {
        ["silo"] => nameof(NodeRoles.Silo),
        ["gateway"] => nameof(NodeRoles.Gateway),
        ["silo", "gateway"] or ["gateway", "silo"] => nameof(NodeRoles.Both),
        _ => throw Usage($"--roles is '{text}': it is silo, gateway, or silo,gateway."),
    };

    private static CliException Usage(string message) => new(new CliError(ExitCode.Usage, "USAGE", message));
}
