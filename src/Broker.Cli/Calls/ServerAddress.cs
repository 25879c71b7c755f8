using Broker.Cli.Output;

namespace Broker.Cli.Calls;

/// <summary>The node's address.</summary>
internal static class ServerAddress
{
    /// <summary>Parses one address, or several with commas between them: gateways of one cluster, tried in their order.</summary>
    /// <exception cref="CliException">One is no http or https URL.</exception>
    public static IReadOnlyList<Uri> ParseAll(string servers) =>
        servers.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries) is { Length: > 0 } all ? [.. all.Select(Parse)] : [Parse(servers)];

    /// <exception cref="CliException">It is no http or https URL.</exception>
    public static Uri Parse(string server) =>
        Uri.TryCreate(server, UriKind.Absolute, out var address) && address is { Scheme: "http" or "https", Host.Length: > 0 }
            ? address
            : throw new CliException(new CliError(ExitCode.Usage, "USAGE", $"{server} is no address of a node. Give one like {GlobalOptions.DefaultServer} or https://broker.example:443 with --server."));
}
