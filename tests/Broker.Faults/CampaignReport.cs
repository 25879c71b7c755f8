using Broker.Faults.Judging;

namespace Broker.Faults;

/// <summary>What came of a campaign.</summary>
/// <param name="Faults">A row for each fault.</param>
/// <param name="Verdict">The judgement.</param>
/// <param name="Calls">Calls that were answered.</param>
/// <param name="Unknown">Tries of unknown outcome, each repeated until it was answered.</param>
internal sealed record CampaignReport(IReadOnlyList<FaultRow> Faults, Verdict Verdict, long Calls, long Unknown)
{
    /// <summary>The table, as Markdown.</summary>
    public IEnumerable<string> ToMarkdown()
    {
        yield return "| fault | times | operations | unknown outcomes | longest gap | of withdrawals |";
        yield return "|---|---|---|---|---|---|";
        foreach (var row in Faults)
            yield return $"| {row.Name} | {row.Times} | {row.Calls} | {row.Unknown} | {row.LongestGap.TotalSeconds:F1} s | {row.LongestWithdrawalGap.TotalSeconds:F1} s |";
        yield return "";
        yield return $"{Calls} calls, {Unknown} unknown outcomes; partners took {Verdict.Slices} slices with {Verdict.Records} records, resumed {Verdict.Breaks} broken streams, refused {Verdict.LateSlices} late slices.";
        foreach (var promise in Verdict.Violations.GroupBy(violation => violation.Promise).OrderBy(group => group.Key))
            foreach (var violation in promise.Take(10))
                yield return $"VIOLATION of {(promise.Key == 0 ? "what is audited" : $"promise {promise.Key}")}: {violation.What}";
        yield return $"Violations: {string.Join(", ", Enumerable.Range(1, 4).Select(promise => $"promise {promise}: {CountOf(promise)}"))}, found by the auditor: {CountOf(0)}.";
    }

    private int CountOf(int promise) => Verdict.Violations.Count(violation => violation.Promise == promise);
}

/// <summary>How one fault went.</summary>
internal sealed class FaultRow(string name)
{
    public string Name => name;

    public int Times { get; private set; }

    public long Calls { get; private set; }

    public long Unknown { get; private set; }

    public TimeSpan LongestGap { get; private set; }

    public TimeSpan LongestWithdrawalGap { get; private set; }

    public void Add(TimeSpan gap, TimeSpan withdrawalGap, long calls, long unknown)
    {
        (Times, Calls, Unknown) = (Times + 1, Calls + calls, Unknown + unknown);
        if (gap > LongestGap) LongestGap = gap;
        if (withdrawalGap > LongestWithdrawalGap) LongestWithdrawalGap = withdrawalGap;
    }
}
