using System.CommandLine;
using Broker.Auditor;
using Broker.Cli.Audit;
using Broker.Cli.Calls;
using Broker.Hosting.Clusters;
using Broker.Hosting.DataDirectories;
using Broker.Storage.Logs;
using Broker.Storage.Objects.Directory;
using Broker.Storage.Segments;

namespace Broker.Cli.Commands;

/// <summary><c>broker audit</c>: replays every log and says which promises hold.</summary>
internal static class AuditCommand
{
    public static Command Create(CliApp app)
    {
        var objects = new Option<string?>("--objects")
        {
            Description = "A cluster's object store, with --server: a directory, or s3://BUCKET/PREFIX (reached as BROKER_S3__… says). Segments then back the proof.",
            HelpName = "PLACE",
        };
        return app.Command(
            "audit",
            "Replays every log from nothing, with rules of its own, and proves which promises hold; ends with 8 where one is broken. "
            + "With --data alone it reads a stopped node's files; otherwise a running node's logs over the wire, as an auditor, and with "
            + "--server and --data (a node alone) or --objects (a cluster) together also its segments, without which some checks are one-sided.",
            [objects],
            async (context, cancellationToken) =>
            {
                var place = context.Get(objects);
                var (source, verdict) = context.IsDataNamed && !context.IsServerNamed && place is null
                    ? await StoppedAsync(context.DataDirectory, cancellationToken)
                    : await RunningAsync(context, place, cancellationToken);
                AuditView.Write(context.Results, source, verdict);
                return verdict.Ok ? ExitCode.Ok : ExitCode.AuditViolation;
            });
    }

    private static async Task<(string Source, AuditVerdict Verdict)> StoppedAsync(string directory, CancellationToken cancellationToken)
    {
        if (!Directory.Exists(directory)) throw new DirectoryNotFoundException($"There is no directory {directory}.");
        using var held = DataDirectory.HoldStopped(directory);
        using var logs = StoredLogs.Open(DataDirectory.LogsFileOf(directory));
        using var segments = SegmentsOf(directory);
        return (directory, await new LogAuditor(new StoredAuditSource(logs), new StoredRows(segments)).RunAsync(cancellationToken));
    }

    private static async Task<(string Source, AuditVerdict Verdict)> RunningAsync(CommandContext context, string? place, CancellationToken cancellationToken)
    {
        if (place is not null) return await RunningClusterAsync(context, place, cancellationToken);
        using var segments = context.IsDataNamed ? SegmentsOf(context.DataDirectory) : null;
        return await RunningAsync(context, segments, cancellationToken);
    }

    private static async Task<(string Source, AuditVerdict Verdict)> RunningClusterAsync(CommandContext context, string place, CancellationToken cancellationToken)
    {
        var options = ClusterConfiguration.Read(null, []);
        var cache = Directory.CreateTempSubdirectory("broker-audit-");
        try
        {
            using var objects = ClusterObjects.Open(place, options.S3, options.Cache, cache.FullName);
            return await RunningAsync(context, objects.Segments, cancellationToken);
        }
        finally
        {
            cache.Delete(recursive: true);
        }
    }

    private static async Task<(string Source, AuditVerdict Verdict)> RunningAsync(CommandContext context, SegmentStore? segments, CancellationToken cancellationToken)
    {
        var source = new NodeAuditSource(context.Connect(Access.Auditor));
        return (context.Server, await new LogAuditor(source, segments is null ? null : new StoredRows(segments)).RunAsync(cancellationToken));
    }

    private static SegmentStore SegmentsOf(string directory) => new(new DirectoryObjectStore(DataDirectory.ObjectsDirectoryOf(directory)));
}
