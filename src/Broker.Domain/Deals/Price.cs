namespace Broker.Domain.Deals;

/// <summary>What a deal costs.</summary>
/// <param name="Model">How it is counted.</param>
/// <param name="Micros">Micro-units of the currency: per term, record, thousand tokens or gigabyte (10⁹ bytes); 0 or more.</param>
/// <param name="Currency">ISO 4217 code.</param>
public sealed record Price(PriceModel Model, long Micros, string Currency)
{
    /// <summary>What a slice costs: rounded down to the micro-unit, so that the partner never pays a part of one it did not use.</summary>
    /// <exception cref="OverflowException">The charge does not fit in 64 bits.</exception>
    public long CostOf(long records, long bytes, long tokens) => Model switch
    {
        PriceModel.FlatPerTerm => 0,
        PriceModel.PerRecord => Cost(records, 1),
        PriceModel.PerThousandTokens => Cost(tokens, 1_000),
        PriceModel.PerGigabyte => Cost(bytes, 1_000_000_000),
        _ => throw new InvalidOperationException($"Unknown price model {Model}."),
    };

    private long Cost(long units, long per) => checked((long)((Int128)units * Micros / per));
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
