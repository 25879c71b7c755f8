using Broker.Domain.Deals;

namespace Broker.Domain.Tests.Deals;

/// <summary>A quota as a list of charges that is added up anew for each question, record by record.</summary>
internal sealed class LedgerModel(ContractTerms terms)
{
    private readonly List<Charge> _charges = [];

    public IReadOnlyList<Charge> Charges => _charges;

    /// <summary>What records of so many bytes come to; each third byte begins a token.</summary>
    public Amounts AmountsOf(params IEnumerable<int> bytes)
    {
        var records = bytes.ToList();
        return terms.AmountsOf(records.Count, records.Sum(), records.Sum(one => one / 3));
    }

    public void Add(Charge charge) => _charges.Add(charge);

    /// <summary>How many of the next records fit into every limit, counting what is set aside or not.</summary>
    public int Fit(int[] bytes, DateTimeOffset now, bool countsReserved)
    {
        for (var count = bytes.Length; count > 0; count--)
            if (terms.Limits.All(limit => Used(limit, now, countsReserved) + Measure(AmountsOf(bytes.Take(count)), limit) <= limit.Amount))
                return count;
        return 0;
    }

    /// <summary>How many of the records the allowance pays for, each amount on its own.</summary>
    public int FitAllowance(int[] bytes, Amounts allowance)
    {
        for (var count = bytes.Length; count > 0; count--)
            if (AmountsOf(bytes.Take(count)).FitsIn(allowance))
                return count;
        return 0;
    }

    public long Used(QuotaLimit limit, DateTimeOffset now, bool countsReserved = true) => _charges
        .Where(charge => limit.Period switch
        {
            QuotaPeriod.Day => charge.ReservedAt.Date == now.Date,
            QuotaPeriod.Month => (charge.ReservedAt.Year, charge.ReservedAt.Month) == (now.Year, now.Month),
            _ => true,
        })
        .Sum(charge => Measure(charge.Counts(countsReserved), limit));

    public static long Measure(Amounts amounts, QuotaLimit limit) => limit.Dimension switch
    {
        QuotaDimension.Records => amounts.Records,
        QuotaDimension.Bytes => amounts.Bytes,
        QuotaDimension.Tokens => amounts.Tokens,
        QuotaDimension.Money => amounts.MoneyMicros,
        _ => 0,
    };

    internal sealed class Charge(string id, int[] bytes, Amounts allowance, DateTimeOffset reservedAt)
    {
        public string Id { get; } = id;

        public int[] Bytes { get; } = bytes;

        public Amounts Allowance { get; } = allowance;

        public DateTimeOffset ReservedAt { get; } = reservedAt;

        public bool IsVoid { get; set; }

        public Amounts? Posted { get; set; }

        public Amounts Credited { get; set; }

        public bool IsPending => !IsVoid && Posted is null;

        public Amounts Counts(bool countsReserved)
        {
            if (IsVoid) return Amounts.Zero;
            return Posted is { } posted ? posted - Credited : countsReserved ? Allowance : Amounts.Zero;
        }
    }
}
