using System.CommandLine;
using System.Globalization;
using Broker.Cli.Output;
using Broker.Client.Consents;
using Broker.Gateway.Parsing;
using Spectre.Console;

namespace Broker.Cli.Commands;

/// <summary><c>broker consent import</c>: a platform's settings, in bulk.</summary>
internal static class ConsentImportCommand
{
    private static readonly ResultTable<RefusedLine> Refused = new ResultTable<RefusedLine>()
        .Number("line", one => Amount.Of(one.Line))
        .Text("field", one => one.Field)
        .Text("what is wrong", one => one.Description);

    public static Command Create(CliApp app)
    {
        var platform = Names.Platform();
        var file = new Argument<string>("file") { Description = "NDJSON: one object a line, times in RFC 3339." };
        var asOf = Times.Option("--as-of", "As of when the file is: decisions without made_at count as made then. Without it each decision needs its made_at.");
        return app.Command(
            "import",
            $"Takes a platform's settings in. Fields of a line: {ConsentImportRow.Fields}. "
            + "Wrong lines are told with their numbers and counted, and the others are taken in; ends with 9 where there is one. Importing again changes nothing. Needs the platform's admin.",
            [platform, file, asOf],
            (context, cancellationToken) => ImportAsync(context, context.Get(platform), new ConsentImportLines(context.Get(file)), context.Get(file), context.Get(asOf), cancellationToken));
    }

    private static async Task<ExitCode> ImportAsync(
        CommandContext context, string platform, ConsentImportLines lines, string path, DateTimeOffset? asOf, CancellationToken cancellationToken)
    {
        var file = new ConsentImportFile(lines, isMadeTimeKnown: asOf is not null);
        var node = await LongWork.ConnectAsync(context, platform, cancellationToken);
        var session = new ConsentImportSession(node, ResourceNames.Platform(platform), asOf ?? context.Time.GetUtcNow());
        var response = await UploadProgress.RunAsync(
            context, Path.GetFileName(path), lines.BytesTotal, () => lines.BytesRead, progress => session.RunAsync(file.Read, progress, cancellationToken));
        var refused = file.Faults.Select(fault => new RefusedLine(fault.Line, fault.Fault.Field, fault.Fault.Description))
            .Concat(response.RefusedRows.Select(row => new RefusedLine(file.LineOf(row.RowNumber), row.Field, row.Description)))
            .OrderBy(one => one.Line).ToList();
        var report = new Report(response.RowCount + file.BadLines, response.AcceptedCount, file.BadLines + response.RefusedCount, refused);
        context.Results.Write(report, console => Write(console, report));
        return report.RefusedCount == 0 ? ExitCode.Ok : ExitCode.DataError;
    }

    private static void Write(IAnsiConsole console, Report report)
    {
        if (report.RefusedCount > 0) console.Write(Refused.Of(report.RefusedLines, ""));
        console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{report.LineCount:N0} rows: {report.AcceptedCount:N0} taken in, {report.RefusedCount:N0} refused{(report.RefusedLines.Count > 0 && report.RefusedCount > report.RefusedLines.Count ? ", the first of them above" : "")}."));
    }

    /// <summary>What came of an import.</summary>
    /// <param name="LineCount">Lines that are not blank.</param>
    /// <param name="AcceptedCount">Those taken in, those included that change nothing.</param>
    /// <param name="RefusedCount">Those that were not, here or by the node.</param>
    /// <param name="RefusedLines">The first of what is wrong with them.</param>
    private sealed record Report(long LineCount, long AcceptedCount, long RefusedCount, IReadOnlyList<RefusedLine> RefusedLines);

    /// <summary>What is wrong with a line.</summary>
    private sealed record RefusedLine(long Line, string Field, string Description);
}
