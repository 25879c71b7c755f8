using Broker.Auditor.Deals;
using Broker.Auditor.Logs;
using Broker.Auditor.Partitions;

namespace Broker.Auditor;

/// <summary>Replays every log from nothing with rules of its own, and says which promises hold.</summary>
/// <remarks>
/// Reads deals, then partitions, then deals again, so that a running cluster can be audited: what was posted in the first
/// reading must stand released in the second, and what stands released must stand reserved in the third. One partition is
/// in memory at a time; of the others only what their deals were charged. Not for two audits at once.
/// </remarks>
/// <param name="source">The logs.</param>
/// <param name="rows">The segments' rows, or null: then recalls are checked from one side only.</param>
public sealed class LogAuditor(IAuditSource source, IRowSource? rows = null)
{
    private readonly Findings _findings = new();
    private readonly AuditCount _count = new();
    private readonly Dictionary<string, (DealReplay Deal, ChainReader Chain)> _first = new(StringComparer.Ordinal);
    private ChargeCheck _charges = new(new Findings());
    private long _nameless;

    /// <summary>Reads everything and gives the verdict. Violations are found, never thrown.</summary>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public async Task<AuditVerdict> RunAsync(CancellationToken cancellationToken = default)
    {
        _charges = new ChargeCheck(_findings);
        await foreach (var name in LogsAsync(isPartition: false, cancellationToken))
            _first[name.Value] = await ReadDealAsync(name, new Findings(), cancellationToken); // judged in the last reading, once
        await foreach (var name in LogsAsync(isPartition: true, cancellationToken))
            await ReadPartitionAsync(name, cancellationToken);
        await ReadDealsAgainAsync(cancellationToken);
        return new AuditVerdict([.. _findings.Kept], _findings.Count, OneSided(), _charges.Pending, _count.ToTotals());
    }

    private System.Collections.Immutable.ImmutableArray<string> OneSided()
    {
        if (rows is null) return OneSidedWithoutRows;
        return _nameless == 0
            ? []
            : [$"Consent: of {_nameless} slices and resends the number of records is proved and the digest is not: they hold records of users who were erased, whose ids are gone for good."];
    }

    private static System.Collections.Immutable.ImmutableArray<string> OneSidedWithoutRows =>
    [
        "Recalls: that each names something that left is checked; that none is missing after a withdrawal or a removal is not, for without the segments' rows nobody can say whose records a slice held.",
        "Charges: that a slice's records are counted right is not checked without the segments' rows.",
        "Consent: that a resend leaves out who withdrew since is only checked by its amounts without the segments' rows.",
    ];

    private async Task ReadDealsAgainAsync(CancellationToken cancellationToken)
    {
        var last = new HashSet<string>(StringComparer.Ordinal);
        await foreach (var name in LogsAsync(isPartition: false, cancellationToken))
        {
            last.Add(name.Value);
            var (deal, chain) = await ReadDealAsync(name, _findings, cancellationToken);
            _count.Add(deal, chain);
            _charges.CheckReleased(name.Value, deal);
        }

        foreach (var (log, (deal, _)) in _first) _charges.CheckPosted(log, deal.Reservations);
        foreach (var log in _charges.Deals.Concat(_first.Keys).Distinct().Where(log => !last.Contains(log)))
            _findings.Add(Promise.Charges, log, 0, "The deal's log is missing; something was reserved or released under it.");
    }

    private async Task<(DealReplay Deal, ChainReader Chain)> ReadDealAsync(LogName name, Findings findings, CancellationToken cancellationToken)
    {
        var place = new LogFindings(findings, name.Value);
        var (deal, chain) = (new DealReplay(place), new ChainReader(source, place));
        if (_first.TryGetValue(name.Value, out var before)) chain.Expect(before.Chain.LastPosition, before.Chain.LastHash);
        await foreach (var entry in chain.ReadAsync(cancellationToken)) deal.Apply(entry);
        chain.Finish();
        return (deal, chain);
    }

    private async Task ReadPartitionAsync(LogName name, CancellationToken cancellationToken)
    {
        var place = new LogFindings(_findings, name.Value);
        var ahead = rows is null ? null : await MergesAhead.ReadAsync(source, name.Value, cancellationToken);
        var (partition, chain) = (new PartitionReplay(name, rows, ahead, place), new ChainReader(source, place));
        await foreach (var entry in chain.ReadAsync(cancellationToken))
        {
            if (partition.TryApply(entry)) continue;
            chain.Stop();
            break;
        }

        partition.Finish();
        chain.Finish();
        _nameless += partition.NamelessSlices;
        _count.Add(partition, chain);
        foreach (var deal in partition.Deals.Values)
        {
            var dealLog = $"platforms/{name.Platform}/deals/{deal.Deal}";
            _charges.Add(name.Value, dealLog, deal);
            if (_first.TryGetValue(dealLog, out var first)) CheckEnd(name.Value, deal, first.Deal);
        }
    }

    /// <summary>A contract with a duty to delete has ended, and every partition has said that it stopped.</summary>
    private void CheckEnd(string log, PartitionDeal deal, DealReplay first)
    {
        if (!first.OwesDeletion || !deal.Sent.Any()) return;
        var lastSent = deal.Sent.Max(slice => slice.Place.Position);
        if (!deal.Recalls.Exists(recall => recall.Recall.Rule == Protos.Log.V1.RecallRule.Everything && recall.Position > lastSent))
            _findings.Add(Promise.Recalls, log, lastSent, $"Deal {deal.Deal} ended with a duty to delete, and this partition recalled nothing of what it released to it.");
    }

    private async IAsyncEnumerable<LogName> LogsAsync(
        bool isPartition, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var value in source.ListLogsAsync(cancellationToken))
        {
            var name = LogName.Parse(value);
            if (name is null && isPartition) _findings.Add(Promise.Order, value, 0, "The log's name is neither a partition's nor a deal's.");
            if (name is not null && name.IsPartition == isPartition) yield return name;
        }
    }
}
