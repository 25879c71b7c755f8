namespace Broker.Domain.Deals;

/// <summary>One limit of a deal; several are decided together.</summary>
/// <param name="Dimension">What is limited.</param>
/// <param name="Period">Over which time.</param>
/// <param name="Amount">The most, 1 or more; money in micro-units.</param>
public sealed record QuotaLimit(QuotaDimension Dimension, QuotaPeriod Period, long Amount)
{
    /// <summary>Its name: <c>records/day</c>.</summary>
    public string Name => $"{Dimension.ToString().ToLowerInvariant()}/{Period.ToString().ToLowerInvariant()}";
}

/// <summary>What is limited. The numbers are on disk and on the wire.</summary>
public enum QuotaDimension
{
    /// <summary>Not a dimension; refused.</summary>
    Unspecified = 0,

    /// <summary>Records.</summary>
    Records = 1,

    /// <summary>UTF-8 bytes of the released fields.</summary>
    Bytes = 2,

    /// <summary>Tokens of the contract's tokenizer.</summary>
    Tokens = 3,

    /// <summary>Micro-units of the contract's currency.</summary>
    Money = 4,
}

/// <summary>Over which time a limit holds; days and months are those of the contract's time zone. The numbers are on disk and on the wire.</summary>
public enum QuotaPeriod
{
    /// <summary>Not a period; refused.</summary>
    Unspecified = 0,

    /// <summary>A calendar day.</summary>
    Day = 1,

    /// <summary>A calendar month.</summary>
    Month = 2,

    /// <summary>The whole term.</summary>
    Term = 3,
}
