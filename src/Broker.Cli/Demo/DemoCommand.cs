using System.CommandLine;
using Broker.Cli.Output;
using Broker.Connectors;
using Broker.Hosting;
using Microsoft.Extensions.Logging;

namespace Broker.Cli.Demo;

/// <summary><c>broker demo</c>: six platforms, their deals, a withdrawal and an audit, in one process and under two minutes.</summary>
internal static class DemoCommand
{
    public static Command Create(CliApp app)
    {
        var from = new Option<string?>("--from") { Description = "A platform's real export instead of made-up people.", HelpName = "FILE" };
        var format = new Option<string?>("--format") { Description = "The export's format.", HelpName = "stackexchange|wxr" };
        format.AcceptOnlyFromAmong(ConnectorFormat.StackExchange, ConnectorFormat.Wxr);
        return app.Command(
            "demo",
            "Starts a node of its own on a free loopback port and shows what it does: six platforms with the policies they announced, the deals that are reported, "
            + "pulls, a withdrawal in mid-pull, recalls, a user's report, an audit. With --data everything is kept there; otherwise it is deleted at the end.",
            [from, format],
            (context, cancellationToken) => RunAsync(context, context.Get(from), context.Get(format), cancellationToken));
    }

    private static async Task<ExitCode> RunAsync(CommandContext context, string? from, string? format, CancellationToken cancellationToken)
    {
        if (from is null != format is null) throw Wrong("--from and --format go together.");
        if (from is not null) Connectors.Connectors.Open(format!, from); // a wrong file is found before anything is made
        var scratch = context.IsDataNamed ? null : Directory.CreateTempSubdirectory("broker-demo-");
        try
        {
            var root = scratch?.FullName ?? NewDirectory(context.DataDirectory);
            var summary = await RunAsync(context, new DemoOptions(Path.Combine(root, "node"), Path.Combine(root, "partners"), from, format), cancellationToken);
            if (context.Results.IsJson) context.Results.Write(summary, static _ => { });
            return summary.Audit.Ok ? ExitCode.Ok : ExitCode.AuditViolation;
        }
        finally
        {
            scratch?.Delete(recursive: true);
        }
    }

    private static async Task<DemoSummary> RunAsync(CommandContext context, DemoOptions options, CancellationToken cancellationToken)
    {
        var narrator = new DemoNarrator(context.Results.IsJson ? null : context.Results.Console);
        await using var node = await BrokerNode.StartAsync(
            new NodeOptions { DataDirectory = options.DataDirectory, Port = 0 },
            static builder => builder.Logging.ClearProviders(),
            cancellationToken);
        using var demo = new DemoNode(node);
        return await new DemoScript(demo, options, narrator, context.Time).RunAsync(cancellationToken);
    }

    private static string NewDirectory(string path)
    {
        if (Directory.Exists(path) && Directory.EnumerateFileSystemEntries(path).Any()) throw Wrong($"{path} is not empty: a demo begins with nothing. Name a new directory with --data.");
        return path;
    }

    private static CliException Wrong(string message) => new(new CliError(ExitCode.Usage, "USAGE", message));
}
