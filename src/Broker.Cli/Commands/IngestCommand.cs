using System.CommandLine;
using Broker.Cli.Imports;
using Broker.Cli.Output;
using Broker.Client.Imports;
using Broker.Connectors;
using Broker.Gateway.Parsing;
using Broker.Protos.V1;
using Spectre.Console;

namespace Broker.Cli.Commands;

/// <summary><c>broker ingest</c>: a platform's export into a dataset.</summary>
internal static class IngestCommand
{
    private static readonly ResultTable<KindCount> Accepted = new ResultTable<KindCount>()
        .Text("accepted", one => Words.Of(one.Kind))
        .Number("records", one => Amount.Of(one.Count));

    private static readonly ResultTable<RefusalCount> Refused = new ResultTable<RefusalCount>()
        .Text("refused", one => Words.Of(one.Reason))
        .Number("rows", one => Amount.Of(one.Count));

    public static Command Create(CliApp app)
    {
        var dataset = Names.Dataset();
        var file = new Argument<string>("file") { Description = "The export: a file; for stackexchange also the directory that holds Posts.xml and what there is of Users.xml, Comments.xml, Votes.xml." };
        var format = new Option<string>("--format") { Description = "What the export is.", HelpName = string.Join('|', ConnectorFormat.All), Required = true };
        format.AcceptOnlyFromAmong([.. ConnectorFormat.All]);
        var complete = new Option<bool>("--complete") { Description = "The export holds everything that is public: what the dataset holds and the export lacks is removed, and recalled." };
        var language = new Option<string?>("--language") { Description = "The site's language, for exports that do not say it.", HelpName = "TAG" };
        var site = new Option<string?>("--site") { Description = "Where one dataset holds several sites: goes before each id.", HelpName = "NAME" };
        var address = new Option<Uri?>("--site-address") { Description = "stackexchange: the site's address, for the links that its licence asks for.", HelpName = "URL" };
        return app.Command(
            "ingest",
            "Imports a platform's export. In each partition all of it is taken in or none; importing it again adds nothing. Needs the platform's admin.",
            [dataset, file, format, complete, language, site, address],
            (context, cancellationToken) =>
            {
                var options = new ConnectorOptions { Language = context.Get(language), Site = context.Get(site) ?? "", SiteAddress = context.Get(address) };
                var export = Connectors.Connectors.Open(context.Get(format)!, context.Get(file), options);
                return IngestAsync(context, context.Get(dataset), export, context.Get(complete), cancellationToken);
            });
    }

    private static async Task IngestAsync(CommandContext context, DatasetName dataset, SourceExport export, bool isComplete, CancellationToken cancellationToken)
    {
        var node = await LongWork.ConnectAsync(context, dataset.Platform, cancellationToken);
        var options = new ImportOptions { ImportId = Guid.Parse(context.RequestId), IsComplete = isComplete };
        var session = new ImportSession(node, ResourceNames.Dataset(dataset.Platform, dataset.Dataset), options);
        var report = await UploadProgress.RunAsync(
            context,
            Path.GetFileName(Path.TrimEndingDirectorySeparator(export.Path)),
            export.BytesTotal,
            () => export.BytesRead,
            progress => session.RunAsync(() => export.Read().Select(ImportItems.Of), progress, cancellationToken));
        context.Results.Write(report, console => Write(console, report));
    }

    private static void Write(IAnsiConsole console, ImportReport report)
    {
        console.Write(Accepted.Of([.. report.Accepted.Where(one => one.Count > 0)], "Nothing was accepted."));
        console.Write(Refused.Of([.. report.Refused.Where(one => one.Count > 0)], "Nothing was refused."));
        Lines.Write(
            console,
            ("read", $"{Amount.Of(report.ReadCount)} = {Amount.Of(report.Accepted.Sum(one => one.Count))} accepted + {Amount.Of(report.Refused.Sum(one => one.Count))} refused"),
            ("added", Amount.Of(report.AddedCount)),
            ("replaced", Amount.Of(report.ReplacedCount)),
            ("unchanged", Amount.Of(report.UnchangedCount)),
            ("removed", Amount.Of(report.RemovedCount)),
            ("new users", Amount.Of(report.NewUserCount)),
            ("import id", report.ImportId));
    }
}
