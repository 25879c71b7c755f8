using System.CommandLine;
using Broker.Cli.Calls;
using Broker.Cli.Output;
using Broker.Gateway.Parsing;
using Broker.Protos.V1;
using Spectre.Console;

namespace Broker.Cli.Commands;

/// <summary><c>broker report</c>: what was done with one user's data (GDPR Art. 15).</summary>
internal static class ReportCommand
{
    private static readonly ResultTable<UserKindCount> Held = new ResultTable<UserKindCount>()
        .Text("kind", one => Words.Of(one.Kind))
        .Number("records", one => Amount.Of(one.Count));

    private static readonly ResultTable<UserDelivery> Deliveries = new ResultTable<UserDelivery>()
        .Text("to", delivery => delivery.Partner)
        .Text("deal", delivery => $"{delivery.Deal} v{delivery.ContractVersion}")
        .Text("purposes", delivery => Words.Of(delivery.Purposes))
        .Text("kind", delivery => Words.Of(delivery.Kind))
        .Number("released", delivery => Amount.Of(delivery.RecordCount))
        .Text("first", delivery => Amount.Of(delivery.FirstReleaseTime))
        .Text("last", delivery => Amount.Of(delivery.LastReleaseTime))
        .Number("recalled", delivery => Amount.Of(delivery.RecalledCount))
        .Number("deleted", delivery => Amount.Of(delivery.DeletedCount))
        .Text("what became of it", StandOf);

    public static Command Create(CliApp app)
    {
        var (platform, user) = (Names.Platform(), Names.User());
        return app.Command(
            "report",
            "A user's report: what was released, to whom, for which purposes, under which deal, what was recalled and what came of that. Needs the user, the platform's admin, or an auditor.",
            [platform, user],
            async (context, cancellationToken) =>
            {
                var node = context.Connect(Access.Auditor);
                var request = new GetUserReportRequest { User = ResourceNames.User(context.Get(platform), context.Get(user)) };
                var report = (await node.CallAsync(node.Reports.GetUserReportAsync, request, cancellationToken)).Report;
                context.Results.Write(report, console => Write(console, report));
            });
    }

    /// <summary>Writes a report for people.</summary>
    public static void Write(IAnsiConsole console, UserReport report)
    {
        ConsentView.Write(console, report.Consent);
        console.WriteLine("Held by the platform");
        console.Write(Held.Of(report.HeldRecords, "Nothing."));
        console.WriteLine("Released");
        console.Write(Deliveries.Of(report.Deliveries, "Nothing of this user ever left."));
        foreach (var model in report.Deliveries.SelectMany(ModelsOf).Distinct()) console.WriteLine(Shown.Of(model));
    }

    /// <summary>What a partner still has, as far as it has said.</summary>
    private static string StandOf(UserDelivery delivery)
    {
        var stands = new List<string>();
        if (delivery.RetainedInModels.Count > 0) stands.Add($"retained in a model: {string.Join(", ", delivery.RetainedInModels)}");
        if (delivery.LegalHolds.Count > 0) stands.Add($"under legal hold: {string.Join(", ", delivery.LegalHolds)}");
        stands.Add(delivery.IsHeld ? "the partner holds some of it" : "the partner has said that it is gone");
        return string.Join("; ", stands);
    }

    private static IEnumerable<string> ModelsOf(UserDelivery delivery) => delivery.RetainedInModels.Select(run =>
        $"The training run {run} of {delivery.Partner} consumed some of what this user wrote. Its model cannot be made to forget; that is why it is named.");
}
