using Broker.Cli.Output;
using Broker.Client.Recalls;
using Broker.Protos.V1;
using Spectre.Console;

namespace Broker.Cli.Commands;

/// <summary>Recalls, and what was done about them.</summary>
internal static class RecallView
{
    /// <summary>Recalls.</summary>
    public static ResultTable<Recall> Recalls { get; } = new ResultTable<Recall>()
        .Text("recall", recall => ShortNameOf(recall))
        .Text("cause", recall => Words.Of(recall.Cause))
        .Text("author", recall => recall.Author)
        .Number("records", recall => Amount.Of(recall.RecordCount))
        .Text("issued", recall => Amount.Of(recall.IssueTime))
        .Text("due", recall => Amount.Of(recall.DueTime))
        .Text("answer", AnswerOf);

    private static readonly ResultTable<RecallOutcome> Outcomes = new ResultTable<RecallOutcome>()
        .Text("recall", outcome => ShortNameOf(outcome.Recall))
        .Text("cause", outcome => Words.Of(outcome.Recall.Cause))
        .Number("records", outcome => Amount.Of(outcome.Recall.RecordCount))
        .Number("deleted now", outcome => Amount.Of(outcome.Deleted))
        .Number("before", outcome => Amount.Of(outcome.DeletedBefore))
        .Number("not here", outcome => Amount.Of(outcome.Elsewhere + outcome.Unnamed))
        .Text("answer", outcome => outcome.IsAnswered ? AnswerOf(outcome.Recall) : $"open: {outcome.OpenReason}");

    /// <summary>For scripts.</summary>
    public static object DocumentOf(IReadOnlyList<RecallOutcome> outcomes) => new
    {
        AnsweredCount = outcomes.Count(outcome => outcome.IsAnswered),
        OpenCount = outcomes.Count(outcome => !outcome.IsAnswered),
        DeletedRecordCount = outcomes.Sum(outcome => outcome.Deleted),
        Recalls = outcomes.Select(outcome => new
        {
            outcome.Recall,
            CoveredCount = outcome.Covered,
            DeletedCount = outcome.Deleted,
            DeletedBeforeCount = outcome.DeletedBefore,
            ElsewhereCount = outcome.Elsewhere,
            UnnamedCount = outcome.Unnamed,
            outcome.OpenReason,
        }),
    };

    /// <summary>For people.</summary>
    public static void Write(IAnsiConsole console, IReadOnlyList<RecallOutcome> outcomes) => console.Write(Outcomes.Of([.. outcomes], "No recalls since the last time."));

    private static string ShortNameOf(Recall recall) =>
        recall.Name.Split('/') is ["platforms", var platform, "deals", var deal, "recalls", var number] ? $"{platform}/{deal}/{number}" : recall.Name;

    private static string AnswerOf(Recall recall) => recall.Answer is { } answer
        ? $"{Words.Of(answer.Verdict)} {answer.TrainingRun}{answer.LegalHoldReference}".TrimEnd()
        : "";
}
