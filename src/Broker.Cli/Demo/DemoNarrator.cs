using System.Globalization;
using Broker.Auditor;
using Broker.Cli.Commands;
using Broker.Cli.Output;
using Broker.Client;
using Broker.Client.Pulls;
using Broker.Protos.V1;
using Spectre.Console;

namespace Broker.Cli.Demo;

/// <summary>Tells a person what happens, as it happens. Says nothing where a script reads.</summary>
internal sealed class DemoNarrator(IAnsiConsole? console)
{
    private const int BarWidth = 24;

    public void Started(DemoNode node) => Say($"A node listens on {node.Address}; everything it keeps lies in {node.DataDirectory}.");

    public void Chapter(string title)
    {
        console?.WriteLine();
        console?.Write(new Rule(title).LeftJustified());
    }

    public void PolicyRefused(DemoPlatform platform, BrokerException refusal) =>
        Say($"{platform.Name}: the policy as announced ({platform.Announcement}) is refused: {refusal.Reason}. {refusal.Message}");

    public void Platform(DemoPlatform platform, PlatformSummary summary, ImportReport report)
    {
        Say($"{platform.Name}: {platform.Announcement}. Policy {summary.PolicyVersion} applies from {platform.EffectiveAt:yyyy-MM-dd}, {platform.NoticeDays} days after its notice.");
        Say($"   export: {Number(report.ReadCount)} rows read; accepted {KindsOf(report)}; refused {RefusalsOf(report)}");
        Say($"   users: {summary.Users}; objected {summary.Objected}; granted {summary.Granted}; in excluded regions {summary.InExcludedRegions}");
    }

    public void Deal(DemoPlatform platform, DemoDeal deal, Deal approved) => Say(
        $"{platform.Name} – {deal.PartnerName}: {deal.Report}; proposed by {approved.Contract.ProposedBy}, approved by {approved.Contract.ApprovedBy}; at most {Number(deal.RecordsMax)} records.");

    public void Pulled(DemoDeal deal, PullResult result, long byDefault, long byGrant)
    {
        var limit = result.Usage.Limits[0];
        Say($"{result.Usage.Deal}: {deal.PartnerName} got {Number(result.Total.Records)} records, {Number(result.Total.Bytes)} bytes, charged by record {Amount.Of(result.Usage.Posted.MoneyMicros, result.Usage.CurrencyCode)} ({deal.Report})"
            + (result.Usage.Limits.Count > 0 ? $"   {UsageView.Bar(limit.PostedAmount, limit.ReservedAmount, limit.Limit.Amount, BarWidth)} {Number(limit.PostedAmount)} of {Number(limit.Limit.Amount)}" : ""));
        Say($"   carried by the policy's default after its notice: {Number(byDefault)}; by a grant of the user's own: {Number(byGrant)}");
    }

    public void Awaiting(DemoDeal deal) => Say($"{deal.PartnerName}: awaiting {deal.Awaits}. Nothing is pulled.");

    public void TrainingRun(DemoDeal deal, TrainingRun run) =>
        Say($"{deal.PartnerName} registers training run {run.RunId} of {run.ModelName}: it consumed the {run.ConsumedSlices.Count} slices of that pull.");

    public void Withdrawn(string user, DemoDeal deal, long held, long before, long after, long heldByOther, DemoDeal other, TimeSpan took)
    {
        Say($"While {deal.PartnerName} pulls, {user} withdraws: acknowledged after {took.TotalMilliseconds.ToString("F0", CultureInfo.InvariantCulture)} ms.");
        Say($"   of {user}'s {held} records {deal.PartnerName} had {before} by then, and {after} came after it" + (after > 0 ? " (released before the withdrawal, on the wire already)." : "."));
        Say($"   the other {held - before - after} are refused from now on. {other.PartnerName} had got {heldByOther} of them before.");
    }

    public void Recalls(IEnumerable<RecallSummary> recalls)
    {
        foreach (var recall in recalls)
            Say($"Recall {recall.Recall}: {recall.Records} records; {recall.Partner} answers {recall.Answer}" + (recall.TrainingRun.Length > 0 ? $" ({recall.TrainingRun})." : "."));
    }

    public void NextPull(string user, DemoDeal deal, PullResult result) => Say($"{deal.PartnerName}'s next pull brings {result.Total.Records} records; of {user} none.");

    public void Report(string user, UserReport report)
    {
        Say($"What {user} may read in their report:");
        foreach (var delivery in report.Deliveries)
            Say($"   {delivery.Deal}: {delivery.RecordCount} {Words.Of(delivery.Kind)} to {delivery.Partner}; recalled {delivery.RecalledCount}, deleted {delivery.DeletedCount}"
                + (delivery.RetainedInModels.Count > 0 ? $"; retained in {string.Join(", ", delivery.RetainedInModels)}: that model holds it, and it cannot be wholly taken back." : "."));
    }

    public void Audited(AuditVerdict verdict) => Say(
        $"The audit replayed {verdict.Totals.Logs} logs, {Number(verdict.Totals.Entries)} entries, {Number(verdict.Totals.ReleasedRecords)} released records, {verdict.Totals.RecallsIssued} recalls: "
        + (verdict.Ok ? "every promise holds." : $"{verdict.ViolationCount} VIOLATIONS, the first: {verdict.Violations[0].Sentence}"));

    public void Ended(DemoSummary summary)
    {
        if (console is null) return;
        Chapter("Summary");
        var table = new Table().Border(TableBorder.Simple).AddColumns("deal", "partner", "reported", "records", "charged by record", "quota", "consent: default / grant");
        foreach (var deal in summary.Deals)
            table.AddRow(
                new Text(deal.Deal), new Text(deal.Partner), new Text(deal.Report), new Text(deal.Awaits.Length > 0 ? "awaiting" : Number(deal.Records)), new Text(Amount.Of(deal.ChargedMicros, deal.Currency)),
                new Text($"{UsageView.Bar(deal.QuotaUsed, 0, deal.QuotaMax, 12)} {Number(deal.QuotaUsed)} of {Number(deal.QuotaMax)}"), new Text($"{Number(deal.CarriedByPolicyDefault)} / {Number(deal.CarriedByGrant)}"));
        console.Write(table);
        Say($"Done in {summary.Seconds.ToString("F1", CultureInfo.InvariantCulture)} s. The people and their posts are made up; the policies and deals are those that were announced and reported.");
    }

    private static string KindsOf(ImportReport report) => string.Join(", ", report.Accepted.Select(kind => $"{Number(kind.Count)} {Words.Of(kind.Kind)}"));

    private static string RefusalsOf(ImportReport report) =>
        report.Refused.Count == 0 ? "none" : string.Join(", ", report.Refused.Select(reason => $"{Number(reason.Count)} {Words.Of(reason.Reason)}"));

    private static string Number(long value) => value.ToString("N0", CultureInfo.InvariantCulture);

    private void Say(string line) => console?.WriteLine(Shown.Of(line));
}
