using System.Text.Json;
using Broker.Faults.Load;
using Broker.Faults.Rig;
using Broker.Protos.V1;
using Broker.TestKit.Nodes;

namespace Broker.Faults.Judging;

/// <summary>Judges a run that has healed and drained, twice: by <c>broker audit</c>, and by the books that the clients kept themselves.</summary>
internal sealed class Judge(RigCluster cluster, World world, IReadOnlyList<PartnerProcess> partners)
{
    /// <summary>How long after an acknowledgement a client may still read what was on the wire before it: a lease, and a machine that is late.</summary>
    public static readonly TimeSpan OnTheWire = TimeSpan.FromSeconds(2) + TimeSpan.FromSeconds(2);

    private static readonly string[] Refusals = ["DEAL_NOT_ACTIVE", "QUOTA_EXCEEDED"];

    private readonly List<Violation> _violations = [];

    /// <summary>Everything that is wrong.</summary>
    public async Task<Verdict> JudgeAsync(CancellationToken cancellationToken)
    {
        var books = partners.Select(partner => (partner.Deal, Lines: JournalLine.Read(partner.Book))).ToList();
        foreach (var (deal, lines) in books)
        {
            JudgeWithdrawals(deal, lines);
            JudgeStops(deal, lines);
            JudgeRepeats(deal, lines);
            JudgeEnds(deal, lines);
            await JudgeChargesAsync(deal, lines, cancellationToken);
        }

        await JudgeLineageAsync(books, cancellationToken);
        await JudgeAcknowledgedAsync(cancellationToken);
        await JudgeByAuditAsync(cancellationToken);
        var slices = books.SelectMany(book => book.Lines).Where(IsSlice).ToList();
        return new Verdict(
            [.. _violations],
            slices.Count,
            slices.Sum(line => (long)line.Records!.Length),
            books.SelectMany(book => book.Lines).Sum(line => line.LateSlices),
            books.SelectMany(book => book.Lines).Sum(line => line.Breaks));
    }

    // Promise 2: from an acknowledged withdrawal until the next grant is even asked for, nothing of that user arrives.
    private void JudgeWithdrawals(string deal, IReadOnlyList<JournalLine> lines)
    {
        var byUser = world.Book.Decisions.GroupBy(decision => decision.User).ToDictionary(group => group.Key, group => group.ToList());
        foreach (var line in lines.Where(IsSlice))
            foreach (var author in line.Records!.Select(record => record[1]).Distinct())
            {
                if (!byUser.TryGetValue(author, out var decisions)) continue;
                var next = decisions.FindIndex(decision => Ticks.After(decision.StartedAt, TimeSpan.Zero) > line.At);
                var last = next < 0 ? decisions[^1] : next == 0 ? null : decisions[next - 1];
                if (last is { IsGrant: false } && line.At > Ticks.After(last.AckAt, OnTheWire))
                    Add(2, $"{deal}: {author} withdrew, acknowledged, and {Ticks.Between(last.AckAt, line.At).TotalSeconds:F1} s later slice {NameOf(line)} brought records of theirs");
            }
    }

    // Promise 2 again, for a whole deal.
    private void JudgeStops(string deal, IReadOnlyList<JournalLine> lines)
    {
        var stops = world.Book.Stops.Where(stop => stop.Deal == deal).ToList();
        foreach (var line in lines.Where(IsSlice))
            if (stops.LastOrDefault(stop => stop.StartedAt <= line.At) is { IsSuspended: true } last && line.At > Ticks.After(last.AckAt, OnTheWire))
                Add(1, $"{deal} was suspended, acknowledged, and {Ticks.Between(last.AckAt, line.At).TotalSeconds:F1} s later slice {NameOf(line)} arrived");
    }

    // Promise 4: a record comes once to a deal, unless its author withdrew and granted again between. The withdrawal's acknowledgement may
    // have been read a little before what was on the wire.
    private void JudgeRepeats(string deal, IReadOnlyList<JournalLine> lines)
    {
        var last = new Dictionary<string, long>(StringComparer.Ordinal);
        var withdrawals = world.Book.Decisions.Where(decision => !decision.IsGrant).ToLookup(decision => decision.User);
        foreach (var line in lines.Where(IsSlice))
            foreach (var record in line.Records!)
            {
                if (last.TryGetValue(record[0], out var before) && !withdrawals[record[1]].Any(withdrawal => Ticks.After(withdrawal.AckAt, OnTheWire) > before && withdrawal.StartedAt < line.At))
                    Add(4, $"{deal}: record {record[0]} came twice, and {record[1]} withdrew at no time between");
                last[record[0]] = line.At;
            }
    }

    // Promise 4: a pull outlives every fault by its client's own resume; only its deal's state ends one.
    private void JudgeEnds(string deal, IReadOnlyList<JournalLine> lines)
    {
        foreach (var line in lines.Where(line => line.Refusal is { } refusal && !Refusals.Contains(refusal, StringComparer.Ordinal)))
            Add(4, $"{deal}: a pull ended with {line.Refusal}, which no fault may bring about");
    }

    // Promises 1 and 4: what is charged is what came, and what no client confirmed; never over the limit.
    private async Task JudgeChargesAsync(string deal, IReadOnlyList<JournalLine> lines, CancellationToken cancellationToken)
    {
        var business = world.Business;
        var usage = (await business.CallAsync(business.Connection.Deals.GetUsageAsync, new GetUsageRequest { Deal = deal }, cancellationToken)).Usage;
        var received = lines.Where(IsSlice).Sum(line => (long)line.Records!.Length);
        if (usage.Posted.RecordCount != received + usage.UncertainRecordCount)
            Add(4, $"{deal}: {usage.Posted.RecordCount} records are charged, {received} came and {usage.UncertainRecordCount} are uncertain");
        if (usage.Reserved.RecordCount != 0) Add(4, $"{deal}: {usage.Reserved.RecordCount} records are still set aside, though nothing is under way");
        foreach (var limit in usage.Limits)
            if (limit.PostedAmount > limit.Limit.Amount) Add(1, $"{deal}: {limit.PostedAmount} used of {limit.Limit.Amount}");
        if (!lines.Any(line => line.IsDone)) Add(4, $"{deal}: its partner never came to its end");
        if (deal == world.Deals.Limited && usage.Limits.All(limit => limit.PostedAmount < limit.Limit.Amount))
            Add(1, $"{deal}: only {usage.Posted.RecordCount} of {World.Limit} were sold, though there was more");
    }

    // Promise 3: what came stands in the lineage, to the record.
    private async Task JudgeLineageAsync(IEnumerable<(string Deal, IReadOnlyList<JournalLine> Lines)> books, CancellationToken cancellationToken)
    {
        var lineage = await Lineage.ReadAsync(cluster, cancellationToken);
        foreach (var (deal, lines) in books)
            foreach (var line in lines.Where(IsSlice))
                if (lineage.WhatIsWrong(deal, line) is { } wrong)
                    Add(3, $"{deal}: slice {NameOf(line)} came, and {wrong}");
    }

    // Promise 4: what was acknowledged is there.
    private async Task JudgeAcknowledgedAsync(CancellationToken cancellationToken)
    {
        var admin = world.Admin;
        foreach (var last in world.Book.Decisions.GroupBy(decision => decision.User).Select(group => group.Last()))
        {
            var request = new GetConsentRequest { User = $"{TestCalls.PlatformName}/users/{last.User}" };
            var consent = (await admin.CallAsync(admin.Connection.Consents.GetConsentAsync, request, cancellationToken)).Consent;
            if (consent.InForce.Count > 0 != last.IsGrant) Add(4, $"{last.User} {(last.IsGrant ? "granted" : "withdrew")} last, acknowledged, and the broker says otherwise");
        }

        var records = world.Book.Imports.SelectMany(import => import.Records).ToList();
        var again = await world.ImportAsync(records, cancellationToken);
        if (again.UnchangedCount != records.Count) Add(4, $"{records.Count} records were imported, acknowledged; {again.UnchangedCount} of them are there");
        if (world.Book.Stops.LastOrDefault() is { } stop)
        {
            var usage = (await world.Business.CallAsync(world.Business.Connection.Deals.GetUsageAsync, new GetUsageRequest { Deal = stop.Deal }, cancellationToken)).Usage;
            if (usage.State == Deal.Types.State.Suspended != stop.IsSuspended) Add(4, $"{stop.Deal} was {(stop.IsSuspended ? "suspended" : "resumed")} last, acknowledged, and is {usage.State}");
        }
    }

    private async Task JudgeByAuditAsync(CancellationToken cancellationToken)
    {
        var audit = await cluster.AuditAsync(cluster.Gateways[0].Address, cancellationToken);
        if (audit.ExitCode == 0) return;
        if (audit.Output.Length == 0)
        {
            Add(0, $"broker audit ended with {audit.ExitCode}: {audit.Errors}");
            return;
        }

        foreach (var violation in JsonDocument.Parse(audit.Output).RootElement.GetProperty("violations").EnumerateArray()) Add(0, $"broker audit: {violation}");
    }

    private void Add(int promise, string what) => _violations.Add(new Violation(promise, what));

    private static bool IsSlice(JournalLine line) => line.Position > 0;

    private static string NameOf(JournalLine line) => $"{line.Partition}/{line.Round}/{line.Slice}{(line.Resend > 0 ? $" (resend {line.Resend})" : "")}";
}

/// <summary>What is wrong.</summary>
/// <param name="Promise">The promise that is broken, 1 to 5; 0 where the auditor says so.</param>
/// <param name="What">A sentence.</param>
internal sealed record Violation(int Promise, string What);

/// <summary>What came of a run.</summary>
/// <param name="Violations">What is wrong; none is what there should be.</param>
/// <param name="Slices">Slices that partners took.</param>
/// <param name="Records">Records in them.</param>
/// <param name="LateSlices">Slices that partners refused because they came late.</param>
/// <param name="Breaks">Streams that broke and were resumed.</param>
internal sealed record Verdict(IReadOnlyList<Violation> Violations, int Slices, long Records, int LateSlices, int Breaks);
