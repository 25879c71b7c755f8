namespace Broker.Domain.Deals;

/// <summary>What a deal costs.</summary>
/// <param name="Model">How it is counted.</param>
/// <param name="Micros">Micro-units of the currency: per term, record, thousand tokens or gigabyte (10⁹ bytes); 0 or more.</param>
/// <param name="Currency">ISO 4217 code.</param>
public sealed record Price(PriceModel Model, long Micros, string Currency)
{
    /// <summary>Bytes of a gigabyte.</summary>
    internal const long Gigabyte = 1_000_000_000;

    /// <summary>Tokens of a thousand.</summary>
    internal const long Thousand = 1_000;

    /// <summary>What a slice costs. Bytes and tokens are rounded up to the micro-unit, slice by slice: a part of one is charged as a whole one,
    /// so that however small its slices, a partner never gets anything for nothing; it pays less than a micro-unit too much for each.</summary>
    /// <remarks>Exact, and never less for more of anything: the longest part that some money pays for can be searched for.</remarks>
    /// <param name="records">Records of the slice, 0 or more.</param>
    /// <param name="bytes">Bytes of the slice, 0 or more; none cost nothing.</param>
    /// <param name="tokens">Tokens of the slice, 0 or more; none cost nothing.</param>
    /// <exception cref="OverflowException">The charge does not fit in 64 bits.</exception>
    public long CostOf(long records, long bytes, long tokens) => Model switch
    {
        PriceModel.FlatPerTerm => 0,
        PriceModel.PerRecord => checked((long)((Int128)records * Micros)),
        PriceModel.PerThousandTokens => checked((long)(((Int128)tokens * Micros + Thousand - 1) / Thousand)),
        PriceModel.PerGigabyte => checked((long)(((Int128)bytes * Micros + Gigabyte - 1) / Gigabyte)),
        _ => throw new InvalidOperationException($"Unknown price model {Model}."),
    };
}

/// <summary>How a price is counted. The numbers are on disk and on the wire.</summary>
public enum PriceModel
{
    /// <summary>Not a model; refused.</summary>
    Unspecified = 0,

    /// <summary>One amount for the whole term.</summary>
    FlatPerTerm = 1,

    /// <summary>By the record.</summary>
    PerRecord = 2,

    /// <summary>By a thousand tokens.</summary>
    PerThousandTokens = 3,

    /// <summary>By the gigabyte, 10⁹ bytes.</summary>
    PerGigabyte = 4,
}
