using System.CommandLine;
using Broker.Auditor;
using Broker.Cli.Audit;
using Broker.Cli.Calls;
using Broker.Hosting.DataDirectories;
using Broker.Storage.Logs;

namespace Broker.Cli.Commands;

/// <summary><c>broker audit</c>: replays every log and says which promises hold.</summary>
internal static class AuditCommand
{
    public static Command Create(CliApp app) => app.Command(
        "audit",
        "Replays every log from nothing, with rules of its own, and proves which promises hold; ends with 8 where one is broken. "
        + "With --data alone it reads a stopped node's files; otherwise a running node's logs over the wire, as an auditor, and with "
        + "--server and --data together also that node's segments, without which some checks are one-sided.",
        [],
        async (context, cancellationToken) =>
        {
            var (source, verdict) = context.IsDataNamed && !context.IsServerNamed
                ? await StoppedAsync(context.DataDirectory, cancellationToken)
                : await RunningAsync(context, cancellationToken);
            AuditView.Write(context.Results, source, verdict);
            return verdict.Ok ? ExitCode.Ok : ExitCode.AuditViolation;
        });

    private static async Task<(string Source, AuditVerdict Verdict)> StoppedAsync(string directory, CancellationToken cancellationToken)
    {
        if (!Directory.Exists(directory)) throw new DirectoryNotFoundException($"There is no directory {directory}.");
        using var held = DataDirectory.HoldStopped(directory);
        using var logs = StoredLogs.Open(DataDirectory.LogsFileOf(directory));
        using var rows = new DirectoryRows(DataDirectory.ObjectsDirectoryOf(directory));
        return (directory, await new LogAuditor(new StoredAuditSource(logs), rows).RunAsync(cancellationToken));
    }

    private static async Task<(string Source, AuditVerdict Verdict)> RunningAsync(CommandContext context, CancellationToken cancellationToken)
    {
        using var rows = context.IsDataNamed ? new DirectoryRows(DataDirectory.ObjectsDirectoryOf(context.DataDirectory)) : null;
        var source = new NodeAuditSource(context.Connect(Access.Auditor));
        return (context.Server, await new LogAuditor(source, rows).RunAsync(cancellationToken));
    }
}
