using Broker.Cli.Output;

namespace Broker.Cli.Calls;

/// <summary>The node's address.</summary>
internal static class ServerAddress
{
    /// <exception cref="CliException">It is no http or https URL.</exception>
    public static Uri Parse(string server) =>
        Uri.TryCreate(server, UriKind.Absolute, out var address) && address is { Scheme: "http" or "https", Host.Length: > 0 }
            ? address
            : throw new CliException(new CliError(ExitCode.Usage, "USAGE", $"{server} is no address of a node. Give one like {GlobalOptions.DefaultServer} or https://broker.example:443 with --server."));
}
