using System.Collections.Immutable;
using Broker.Auditor.Deals;
using Broker.Auditor.Logs;
using Broker.Auditor.Partitions;

namespace Broker.Auditor;

/// <summary>Adds up what was read.</summary>
internal sealed class AuditCount
{
    private readonly SortedDictionary<string, long> _money = new(StringComparer.Ordinal);
    private readonly List<long> _unansweredDueTicks = [];
    private AuditTotals _totals = new();
    private long _latestMicros = long.MinValue;

    public void Add(DealReplay deal, ChainReader chain)
    {
        Add(chain);
        _totals = _totals with
        {
            Posted = _totals.Posted + deal.Reservations.Values.LongCount(reservation => reservation.Posted is not null),
            PostedRecords = _totals.PostedRecords + deal.Posted.Records,
            CreditedRecords = _totals.CreditedRecords + deal.Credited.Records,
        };
    }

    public void Add(PartitionReplay partition, ChainReader chain)
    {
        Add(chain);
        _unansweredDueTicks.AddRange(partition.Recalls.UnansweredDueTicks);
        _totals = _totals with
        {
            Users = _totals.Users + partition.UserCount,
            UsersWithdrawn = _totals.UsersWithdrawn + partition.WithdrawnCount,
            RecallsIssued = _totals.RecallsIssued + partition.Recalls.Issued,
            RecallsAnswered = _totals.RecallsAnswered + partition.Recalls.Answered,
        };
        foreach (var deal in partition.Deals.Values)
            foreach (var slice in deal.Rounds.SelectMany(round => round.Slices))
                Add(deal, slice);
    }

    /// <summary>Overdue as of the newest entry of any log: the audit has no clock of its own.</summary>
    public AuditTotals ToTotals() => _totals with
    {
        ReleasedMoneyMicros = _money.ToImmutableSortedDictionary(StringComparer.Ordinal),
        RecallsOverdue = _unansweredDueTicks.Count(due => due <= new VerifiedPlace(0, Math.Max(0, _latestMicros)).Ticks),
    };

    private void Add(PartitionDeal deal, Slice slice)
    {
        _totals = _totals with
        {
            Slices = _totals.Slices + 1,
            ReleasedRecords = _totals.ReleasedRecords + slice.Charged.Records,
            ReleasedBytes = _totals.ReleasedBytes + slice.Charged.Bytes,
        };
        var currency = deal.TermsOf(slice.ContractVersion)?.Currency ?? "";
        _money[currency] = _money.GetValueOrDefault(currency) + slice.Charged.MoneyMicros;
    }

    private void Add(ChainReader chain)
    {
        _totals = _totals with { Logs = _totals.Logs + 1, Entries = _totals.Entries + chain.LastPosition };
        _latestMicros = Math.Max(_latestMicros, chain.LastDecidedAtMicros);
    }
}
