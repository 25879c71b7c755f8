namespace Broker.Auditor.Deals;

/// <summary>A deal's ledger, rebuilt: what is reserved and posted in each period, never above a limit.</summary>
internal sealed class Ledger(LogFindings findings)
{
    private readonly Dictionary<string, Reservation> _reservations = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Sum> _used = new(StringComparer.Ordinal);

    public IReadOnlyDictionary<string, Reservation> Reservations => _reservations;

    public Sum Posted { get; private set; }

    public Sum Credited { get; private set; }

    public void Reserve(Reservation reservation, IReadOnlyList<Limit> limits)
    {
        if (!findings.Check(_reservations.TryAdd(reservation.Id, reservation), Promise.Charges, $"Reservation {reservation.Id} was made twice.")) return;
        Count(reservation, reservation.Allowance);
        foreach (var limit in limits) Check(limit, reservation);
    }

    public void Post(string id, Sum actual)
    {
        if (Find(id) is not { } reservation) return;
        findings.Check(reservation.Posted is null, Promise.Charges, $"Reservation {id} was posted twice.");
        findings.Check(!reservation.IsVoided, Promise.Charges, $"Reservation {id} was posted though it was voided.");
        findings.Check(actual.IsWithin(reservation.Allowance), Promise.Charges, $"Reservation {id} was posted with {actual}; it allowed {reservation.Allowance}.");
        Change(reservation, () => (reservation.Posted, reservation.PostedPosition) = (actual, findings.Position));
        Posted += actual;
    }

    public void Void(string id)
    {
        if (Find(id) is not { } reservation) return;
        findings.Check(reservation.IsOpen, Promise.Charges, $"Reservation {id} was voided though it was posted or voided before.");
        Change(reservation, () => reservation.IsVoided = true);
    }

    /// <summary>What was posted goes back, up to a total.</summary>
    public void Credit(string id, Sum total)
    {
        if (Find(id) is not { } reservation) return;
        var isWithin = reservation.Posted is { } posted && total.IsWithin(posted) && reservation.Credited.IsWithin(total);
        findings.Check(isWithin, Promise.Charges, $"Reservation {id} was credited {total} in all; posted are {reservation.Posted?.ToString() ?? "nothing"}, credited before {reservation.Credited}.");
        Credited += total - reservation.Credited;
        Change(reservation, () => reservation.Credited = total);
    }

    private Reservation? Find(string id)
    {
        if (_reservations.TryGetValue(id, out var known)) return known;
        findings.Add(Promise.Charges, $"Reservation {id} was posted, voided or credited and never made.");
        return null;
    }

    private void Change(Reservation reservation, Action change)
    {
        var before = reservation.Counted;
        change();
        Count(reservation, reservation.Counted - before);
    }

    private void Count(Reservation reservation, Sum difference)
    {
        foreach (var period in reservation.Periods)
            _used[period] = _used.GetValueOrDefault(period) + difference;
    }

    private void Check(Limit limit, Reservation reservation)
    {
        var period = reservation.PeriodKey(limit.Period);
        var used = limit.Of(_used.GetValueOrDefault(period));
        findings.Check(used <= limit.Most, Promise.Charges, $"{limit.Unit} of {period} stand at {used} with reservation {reservation.Id}; the limit is {limit.Most}.");
    }
}
