namespace Broker.Domain.Deals;

/// <summary>What is counted: each amount 0 or more.</summary>
/// <param name="Records">Records.</param>
/// <param name="Bytes">UTF-8 bytes of the released fields.</param>
/// <param name="Tokens">Tokens of the contract's tokenizer.</param>
/// <param name="MoneyMicros">Micro-units of the contract's currency.</param>
public readonly record struct Amounts(long Records, long Bytes, long Tokens, long MoneyMicros)
{
    /// <summary>Nothing.</summary>
    public static readonly Amounts Zero;

    /// <summary>No bound on anything.</summary>
    public static readonly Amounts Largest = new(long.MaxValue, long.MaxValue, long.MaxValue, long.MaxValue);

    /// <summary>Whether nothing is counted.</summary>
    public bool IsZero => this == Zero;

    /// <summary>The sum.</summary>
    /// <exception cref="OverflowException">An amount does not fit.</exception>
    public static Amounts operator +(Amounts left, Amounts right) => checked(new(
        left.Records + right.Records, left.Bytes + right.Bytes, left.Tokens + right.Tokens, left.MoneyMicros + right.MoneyMicros));

    /// <summary>The difference.</summary>
    /// <exception cref="OverflowException">An amount does not fit.</exception>
    public static Amounts operator -(Amounts left, Amounts right) => checked(new(
        left.Records - right.Records, left.Bytes - right.Bytes, left.Tokens - right.Tokens, left.MoneyMicros - right.MoneyMicros));

    /// <summary>Whether each amount is at most the other's.</summary>
    public bool FitsIn(Amounts other) =>
        Records <= other.Records && Bytes <= other.Bytes && Tokens <= other.Tokens && MoneyMicros <= other.MoneyMicros;

    /// <summary>The smaller of each.</summary>
    public Amounts Min(Amounts other) => new(
        Math.Min(Records, other.Records), Math.Min(Bytes, other.Bytes), Math.Min(Tokens, other.Tokens), Math.Min(MoneyMicros, other.MoneyMicros));
}
