using Broker.Auditor;
using Broker.Cli.Output;
using Spectre.Console;

namespace Broker.Cli.Audit;

/// <summary>A verdict, for people and for scripts.</summary>
internal static class AuditView
{
    private static readonly ResultTable<Violation> Violations = new ResultTable<Violation>()
        .Text("promise", violation => NameOf(violation.Promise))
        .Text("log", violation => violation.Log)
        .Number("position", violation => violation.Position == 0 ? "" : Amount.Of(violation.Position))
        .Text("what is wrong", violation => violation.Sentence);

    /// <summary>Writes the verdict.</summary>
    /// <param name="results">Where.</param>
    /// <param name="source">What was read, for people.</param>
    /// <param name="verdict">The verdict.</param>
    public static void Write(ResultWriter results, string source, AuditVerdict verdict) =>
        results.Write(DocumentOf(source, verdict), console => WriteForPeople(console, source, verdict));

    private static object DocumentOf(string source, AuditVerdict verdict) => new
    {
        verdict.Ok,
        Source = source,
        verdict.ViolationCount,
        ViolationsByPromise = verdict.Violations.CountBy(violation => violation.Promise).ToDictionary(one => NameOf(one.Key), one => (long)one.Value),
        verdict.Violations,
        verdict.OneSided,
        verdict.Pending,
        verdict.Totals,
    };

    private static void WriteForPeople(IAnsiConsole console, string source, AuditVerdict verdict)
    {
        var totals = verdict.Totals;
        Lines.Write(
            console,
            ("read", $"{source}: {Amount.Of(totals.Logs)} logs, {Amount.Of(totals.Entries)} entries"),
            ("users", $"{Amount.Of(totals.Users)}, of whom {Amount.Of(totals.UsersWithdrawn)} withdrew last"),
            ("released", $"{Amount.Of(totals.Slices)} slices, {Amount.Of(totals.ReleasedRecords)} records, {Amount.Of(totals.ReleasedBytes)} bytes{MoneyOf(totals)}"),
            ("charged", $"{Amount.Of(totals.Posted)} posted with {Amount.Of(totals.PostedRecords)} records, {Amount.Of(totals.CreditedRecords)} records credited"),
            ("recalls", $"{Amount.Of(totals.RecallsIssued)} issued, {Amount.Of(totals.RecallsAnswered)} answered, {Amount.Of(totals.RecallsOverdue)} overdue"),
            ("under way", PendingOf(verdict.Pending)));
        foreach (var sentence in verdict.OneSided) console.WriteLine($"Not proved: {Shown.Of(sentence)}");
        if (verdict.Ok) console.MarkupLine("[green]Every promise that was looked at holds.[/]");
        else WriteViolations(console, verdict);
    }

    private static void WriteViolations(IAnsiConsole console, AuditVerdict verdict)
    {
        console.MarkupLineInterpolated($"[red]{Amount.Of(verdict.ViolationCount)} violations[/]");
        foreach (var (promise, count) in verdict.Violations.CountBy(violation => violation.Promise)) console.WriteLine($"  {NameOf(promise)}: {Amount.Of(count)}");
        console.Write(Violations.Of(verdict.Violations, ""));
        if (verdict.ViolationCount > verdict.Violations.Length) console.WriteLine($"Only the first {Amount.Of(verdict.Violations.Length)} are listed.");
    }

    private static string NameOf(Promise promise) => promise.ToString().ToLowerInvariant();

    private static string MoneyOf(AuditTotals totals) => string.Concat(totals.ReleasedMoneyMicros.Select(money => $", {Amount.Of(money.Value, money.Key)}"));

    private static string PendingOf(AuditPending pending) =>
        $"{Amount.Of(pending.Reservations)} reservations, {Amount.Of(pending.Posts)} posts, {Amount.Of(pending.Credits)} credits, {Amount.Of(pending.Releases)} releases";
}
