using Broker.Protos.Log.V1;

namespace Broker.Auditor;

/// <summary>Amounts, added up.</summary>
internal readonly record struct Sum(long Records, long Bytes, long Tokens, long MoneyMicros)
{
    public static Sum Of(Amounts? amounts) => amounts is null ? default : new(amounts.Records, amounts.Bytes, amounts.Tokens, amounts.MoneyMicros);

    public bool IsZero => this == default;

    public static Sum operator +(Sum left, Sum right) => checked(new(
        left.Records + right.Records, left.Bytes + right.Bytes, left.Tokens + right.Tokens, left.MoneyMicros + right.MoneyMicros));

    public static Sum operator -(Sum left, Sum right) => checked(new(
        left.Records - right.Records, left.Bytes - right.Bytes, left.Tokens - right.Tokens, left.MoneyMicros - right.MoneyMicros));

    /// <summary>Whether no amount is above the other's.</summary>
    public bool IsWithin(Sum most) =>
        Records <= most.Records && Bytes <= most.Bytes && Tokens <= most.Tokens && MoneyMicros <= most.MoneyMicros;

    /// <inheritdoc/>
    public override string ToString() => $"{Records} records, {Bytes} bytes, {Tokens} tokens, {MoneyMicros} micro-units";
}
