using System.Collections.Immutable;

namespace Broker.Domain.Deals;

/// <summary>The quota of one deal: several limits, decided together. Reserve → post | void, then credit.</summary>
/// <remarks>A released record cannot be un-sent: reserve before it leaves, post after. Pending, post and void are
/// TigerBeetle's two-phase transfers. Ids are kept as long as the deal.</remarks>
public sealed class QuotaLedger
{
    private const string Term = "term";

    /// <summary>Hold for every deal, so that no sum of a term ever overflows.</summary>
    private static readonly ImmutableArray<QuotaLimit> Bounds =
    [
        new(QuotaDimension.Records, QuotaPeriod.Term, TermsRules.AmountMax),
        new(QuotaDimension.Bytes, QuotaPeriod.Term, TermsRules.AmountMax),
        new(QuotaDimension.Tokens, QuotaPeriod.Term, TermsRules.AmountMax),
        new(QuotaDimension.Money, QuotaPeriod.Term, TermsRules.AmountMax),
    ];

    private readonly Dictionary<string, PeriodTotals> _periods = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Reservation> _reservations = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Reservation> _pending = new(StringComparer.Ordinal);

    /// <summary>Charged in the whole term, less what was credited.</summary>
    public Amounts PostedTotal => Totals(Term).Posted;

    /// <summary>Set aside now.</summary>
    public Amounts ReservedTotal => Totals(Term).Reserved;

    /// <summary>Everything that ever went back after it was charged.</summary>
    public Amounts CreditedTotal { get; private set; }

    /// <summary>Reservations that are neither posted nor voided.</summary>
    public IEnumerable<Reservation> Pending => _pending.Values;

    /// <summary>The reservation of that id, or null.</summary>
    public Reservation? Find(string id) => _reservations.GetValueOrDefault(id);

    /// <summary>What counts for a limit in the period that holds a day and a month.</summary>
    public (long Posted, long Reserved) UsageOf(QuotaLimit limit, string day, string month)
    {
        var totals = Totals(KeyOf(limit.Period, day, month));
        return (Of(totals.Posted, limit.Dimension), Of(totals.Reserved, limit.Dimension));
    }

    /// <summary>The first limit that posted amounts fill to the last unit, or null: under one nothing more can be set aside. A limit of tokens, or of money
    /// where tokens are paid, is never such a one: a record without text has none, and still fits.</summary>
    /// <param name="terms">The contract in force.</param>
    /// <param name="day">The day in the contract's zone.</param>
    /// <param name="month">The month in the contract's zone.</param>
    public QuotaLimit? FullLimit(ContractTerms terms, string day, string month) =>
        terms.Limits.FirstOrDefault(limit => IsTakenByEachRecord(limit, terms.Price) && UsageOf(limit, day, month).Posted >= limit.Amount);

    /// <summary>The most that may be set aside of what is asked, each amount on its own, and the limit that cut it; or why nothing may.</summary>
    /// <param name="terms">The contract in force.</param>
    /// <param name="asked">What the slice comes to.</param>
    /// <param name="first">What its first record comes to: when not even it fits, nothing does.</param>
    /// <param name="day">The day in the contract's zone.</param>
    /// <param name="month">The month in the contract's zone.</param>
    public (Amounts Allowance, string Limit, Refusal? Refusal) Allow(ContractTerms terms, Amounts asked, Amounts first, string day, string month)
    {
        var limits = terms.Limits.AddRange(Bounds);
        // Who waits for one limit's reservations to settle must not find another one used up then: that is said first.
        foreach (var limit in limits)
            if (UsageOf(limit, day, month).Posted is var posted && Of(first, limit.Dimension) is var needed && needed > limit.Amount - posted)
                return (Amounts.Zero, limit.Name, Exceeded(limit, posted, needed));

        var (allowance, name) = (asked, "");
        foreach (var limit in limits)
        {
            var (posted, reserved) = UsageOf(limit, day, month);
            var left = limit.Amount - posted - reserved;
            if (Of(first, limit.Dimension) > left) return (Amounts.Zero, limit.Name, Held(limit));
            if (Of(allowance, limit.Dimension) > left) (allowance, name) = (With(allowance, limit.Dimension, left), limit.Name);
        }

        return (Affordable(terms.Price, allowance), name, null);
    }

    /// <summary>Every reservation as it is now, in the order in which they were made.</summary>
    internal ImmutableArray<Reservation> Freeze() => [.. _reservations.Values];

    /// <summary>Adds a reservation and what became of it since.</summary>
    /// <exception cref="ArgumentException">It stands already, or is void and was charged, or went back without having been charged.</exception>
    internal void Restore(Reservation reservation)
    {
        var id = reservation.Reserved.Id;
        if (reservation.IsVoid ? reservation.Actual is not null : reservation.Actual is null && !reservation.Credited.IsZero)
            throw new ArgumentException($"Reservation {id} contradicts itself.", nameof(reservation));
        Apply(reservation.Reserved, reservation.ReservedAt);
        if (reservation.IsVoid) Apply(new Voided(id));
        if (reservation.Actual is { } actual) Apply(new Posted(id, actual));
        if (!reservation.Credited.IsZero) Apply(new Credited(id, reservation.Credited));
    }

    internal void Apply(Reserved reserved, DateTimeOffset at)
    {
        var reservation = new Reservation(reserved, at);
        _reservations.Add(reserved.Id, reservation);
        _pending.Add(reserved.Id, reservation);
        Change(reservation, Amounts.Zero, reserved.Allowance);
    }

    internal void Apply(Posted posted)
    {
        var reservation = _reservations[posted.Id] = _reservations[posted.Id] with { Actual = posted.Actual };
        _pending.Remove(posted.Id);
        Change(reservation, posted.Actual, Amounts.Zero - reservation.Reserved.Allowance);
    }

    internal void Apply(Voided voided)
    {
        var reservation = _reservations[voided.Id] = _reservations[voided.Id] with { IsVoid = true };
        _pending.Remove(voided.Id);
        Change(reservation, Amounts.Zero, Amounts.Zero - reservation.Reserved.Allowance);
    }

    internal void Apply(Credited credited)
    {
        var reservation = _reservations[credited.Id];
        var more = credited.Total - reservation.Credited;
        _reservations[credited.Id] = reservation with { Credited = credited.Total };
        CreditedTotal += more;
        Change(reservation, Amounts.Zero - more, Amounts.Zero);
    }

    private static bool IsTakenByEachRecord(QuotaLimit limit, Price price) => limit.Dimension switch
    {
        QuotaDimension.Tokens => false,
        QuotaDimension.Money => price.Model != PriceModel.PerThousandTokens,
        _ => true,
    };

    /// <summary>A price counts one thing: what the money does not pay for need not be set aside.</summary>
    private static Amounts Affordable(Price price, Amounts allowance)
    {
        if (price.Micros == 0 || price.CostOf(allowance.Records, allowance.Bytes, allowance.Tokens) <= allowance.MoneyMicros) return allowance;
        var units = Units(price, allowance.MoneyMicros);
        return price.Model switch
        {
            PriceModel.PerRecord => allowance with { Records = Math.Min(allowance.Records, units) },
            PriceModel.PerGigabyte => allowance with { Bytes = Math.Min(allowance.Bytes, units) },
            PriceModel.PerThousandTokens => allowance with { Tokens = Math.Min(allowance.Tokens, units) },
            _ => allowance,
        };
    }

    /// <summary>The most units whose price, rounded up, is at most the money: one more would cost more than there is.</summary>
    private static long Units(Price price, long money)
    {
        var per = price.Model switch
        {
            PriceModel.PerGigabyte => Price.Gigabyte,
            PriceModel.PerThousandTokens => Price.Thousand,
            _ => 1,
        };
        var most = (Int128)money * per / price.Micros;
        return most > long.MaxValue ? long.MaxValue : (long)most;
    }

    private static Refusal Exceeded(QuotaLimit limit, long posted, long needed) => new(
        RefusalReason.QuotaExceeded,
        $"The limit {limit.Name} of {limit.Amount} is used up: {limit.Amount - posted} left, and the next record needs {needed}.",
        "limits",
        limit.Name);

    private static Refusal Held(QuotaLimit limit) => new(
        RefusalReason.Held, $"Other slices hold what is left of {limit.Name}; wait until they are posted or voided.", "limits", limit.Name);

    private void Change(Reservation reservation, Amounts posted, Amounts reserved)
    {
        foreach (var key in (ReadOnlySpan<string>)[Term, reservation.Reserved.Day, reservation.Reserved.Month])
        {
            var totals = Totals(key);
            _periods[key] = new PeriodTotals(totals.Posted + posted, totals.Reserved + reserved);
        }
    }

    private PeriodTotals Totals(string key) => _periods.GetValueOrDefault(key);

    private static string KeyOf(QuotaPeriod period, string day, string month) => period switch
    {
        QuotaPeriod.Day => day,
        QuotaPeriod.Month => month,
        QuotaPeriod.Term => Term,
        _ => throw new InvalidOperationException($"Unknown period {period}."),
    };

    private static long Of(Amounts amounts, QuotaDimension dimension) => dimension switch
    {
        QuotaDimension.Records => amounts.Records,
        QuotaDimension.Bytes => amounts.Bytes,
        QuotaDimension.Tokens => amounts.Tokens,
        QuotaDimension.Money => amounts.MoneyMicros,
        _ => throw new InvalidOperationException($"Unknown dimension {dimension}."),
    };

    private static Amounts With(Amounts amounts, QuotaDimension dimension, long value) => dimension switch
    {
        QuotaDimension.Records => amounts with { Records = value },
        QuotaDimension.Bytes => amounts with { Bytes = value },
        QuotaDimension.Tokens => amounts with { Tokens = value },
        _ => amounts with { MoneyMicros = value },
    };
}
