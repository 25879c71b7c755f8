using System.CommandLine;
using System.Globalization;
using Broker.Cli.Commands;
using Broker.Cli.Demo;

namespace Broker.Cli;

/// <summary>The tree of commands: one class in <c>Commands/</c> for each group.</summary>
internal static class BrokerCommands
{
    /// <summary>The root with every group.</summary>
    public static RootCommand Create(CliApp app)
    {
        var root = new RootCommand(Description);
        foreach (var group in GroupsOf(app)) root.Add(group);
        return root;
    }

    private static IEnumerable<Command> GroupsOf(CliApp app) =>
    [
        DemoCommand.Create(app),
        ServeCommand.Create(app),
        TokenCommands.Create(app),
        PlatformCommands.Create(app),
        PartnerCommands.Create(app),
        DealCommands.Create(app),
        IngestCommand.Create(app),
        ConsentCommands.Create(app),
        PullCommand.Create(app),
        RecallCommands.Create(app),
        RecordCommands.Create(app),
        ReportCommand.Create(app),
        AuditCommand.Create(app),
        ClusterCommands.Create(app),
    ];

    private static string Description => string.Create(
        CultureInfo.InvariantCulture,
        $"Licenses a platform's users' posts to AI companies, keeping every promise it makes.\n\nExit codes:\n{string.Join('\n', ExitCodes.All.Select(Line))}");

    private static string Line((ExitCode Code, string Meaning) exit) => string.Create(CultureInfo.InvariantCulture, $"  {(int)exit.Code,3}  {exit.Meaning}");
}
