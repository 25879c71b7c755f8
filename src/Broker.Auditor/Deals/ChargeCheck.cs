using Broker.Auditor.Partitions;

namespace Broker.Auditor.Deals;

/// <summary>Compares deals' ledgers with the partitions' releases, both ways.</summary>
/// <remarks>A running cluster is read deals, partitions, deals: what was posted in the first reading must stand released in the
/// second, what stands released must stand reserved in the third. Nothing can be taken for a fault that is only under way.</remarks>
internal sealed class ChargeCheck(Findings findings)
{
    private readonly Dictionary<string, Dictionary<string, ReleasedCharge>> _released = new(StringComparer.Ordinal);
    private readonly Dictionary<string, List<SeenContract>> _contracts = new(StringComparer.Ordinal);
    private long _posts;
    private long _reservations;
    private long _credits;
    private long _releases;

    public AuditPending Pending => new() { Posts = _posts, Reservations = _reservations, Credits = _credits, Releases = _releases };

    /// <summary>Deals that something was released to.</summary>
    public IEnumerable<string> Deals => _released.Where(deal => deal.Value.Count > 0).Select(deal => deal.Key);

    /// <summary>Takes what one partition released to one deal.</summary>
    public void Add(string partition, string dealLog, PartitionDeal deal)
    {
        var charges = Of(_released, dealLog);
        foreach (var slice in deal.Rounds.SelectMany(round => round.Slices))
        {
            var isSettled = slice.SettledPosition <= deal.CreditsSettledUpTo;
            var charge = new ReleasedCharge(partition, slice.Place, slice.ContractVersion, slice.Charged, slice.Credited, isSettled);
            if (!charges.TryAdd(slice.ReservationId, charge))
                findings.Add(Promise.Charges, partition, slice.Place.Position, $"Two slices were released under reservation {slice.ReservationId} of {dealLog}.");
        }

        Of(_contracts, dealLog).AddRange(deal.Contracts.Select(seen => new SeenContract(partition, seen.Position, deal.Partner, seen.Version, seen.Terms)));
    }

    /// <summary>What the first reading had posted must stand released.</summary>
    public void CheckPosted(string dealLog, IReadOnlyDictionary<string, Reservation> first)
    {
        var charges = Of(_released, dealLog);
        foreach (var reservation in first.Values)
            if (reservation.Posted is not null && !charges.ContainsKey(reservation.Id))
                findings.Add(Promise.Charges, dealLog, reservation.PostedPosition, $"Reservation {reservation.Id} is posted, and no slice was released under it.");
    }

    /// <summary>What was released must stand in the last reading.</summary>
    public void CheckReleased(string dealLog, DealReplay deal)
    {
        var last = deal.Reservations;
        foreach (var seen in Of(_contracts, dealLog)) Compare(dealLog, seen, deal);
        foreach (var (id, charge) in Of(_released, dealLog))
            if (last.TryGetValue(id, out var reservation)) Compare(dealLog, charge, reservation);
            else findings.Add(Promise.Charges, charge.Log, charge.Place.Position, $"A slice was released under reservation {id}, which {dealLog} never made.");
        foreach (var reservation in last.Values)
            if (!Of(_released, dealLog).ContainsKey(reservation.Id))
                CountPending(reservation);
    }

    private void Compare(string dealLog, SeenContract seen, DealReplay deal)
    {
        if (seen.Partner != deal.Partner)
            findings.Add(Promise.Order, seen.Log, seen.Position, $"{dealLog} is {deal.Partner}'s; the partition released to {seen.Partner}.");
        if (deal.TermsOf(seen.Version) is not { } known || !known.IsSeenAs(seen.Terms))
            findings.Add(Promise.Order, seen.Log, seen.Position, $"Version {seen.Version} of {dealLog} was never in force, or with other terms.");
    }

    private void Compare(string dealLog, ReleasedCharge charge, Reservation reservation)
    {
        void Check(bool holds, string sentence)
        {
            if (!holds) findings.Add(Promise.Charges, charge.Log, charge.Place.Position, $"The slice of reservation {reservation.Id} of {dealLog} {sentence}");
        }

        Check(!reservation.IsVoided, "was released; the deal has voided the reservation.");
        Check(charge.Charged.IsWithin(reservation.Allowance), $"costs {charge.Charged}; {reservation.Allowance} were reserved.");
        Check(charge.ContractVersion == reservation.ContractVersion, $"was released under version {charge.ContractVersion}; it was reserved under {reservation.ContractVersion}.");
        Check(charge.Place.Micros * TimeSpan.TicksPerMicrosecond < reservation.ValidUntilTicks, "was released after the reservation's end.");
        Check(reservation.Posted is null || reservation.Posted == charge.Charged, $"costs {charge.Charged}; posted are {reservation.Posted}.");
        Check(reservation.Credited.IsWithin(charge.Credited), $"was credited {reservation.Credited}; only {charge.Credited} were dropped or filtered out.");
        Check(!charge.IsCreditSettled || reservation.Credited == charge.Credited, $"lacks a credit: {charge.Credited} were dropped or filtered out, {reservation.Credited} are credited, and the partition was told that all is.");
        if (reservation.Posted is null) _posts++;
        if (reservation.Credited != charge.Credited) _credits++;
    }

    private void CountPending(Reservation reservation)
    {
        if (reservation.Posted is not null) _releases++;
        else if (reservation.IsOpen) _reservations++;
    }

    private static T Of<T>(Dictionary<string, T> byDeal, string deal) where T : new() =>
        byDeal.TryGetValue(deal, out var known) ? known : byDeal[deal] = new T();

    /// <summary>A contract's version as a partition learned it.</summary>
    private sealed record SeenContract(string Log, long Position, string Partner, int Version, Terms Terms);
}
