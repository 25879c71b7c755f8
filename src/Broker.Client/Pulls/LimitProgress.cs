using Broker.Protos.V1;

namespace Broker.Client.Pulls;

/// <summary>How full a limit of the deal's quota is.</summary>
/// <param name="Measure">What it counts.</param>
/// <param name="Window">Over which time.</param>
/// <param name="Used">Released and charged in the window, as far as known here; in the measure's unit.</param>
/// <param name="Amount">The most; in the measure's unit (millionths of the currency for money).</param>
public sealed record LimitProgress(QuotaMeasure Measure, QuotaWindow Window, long Used, long Amount)
{
    /// <summary>The limit's name: <c>records/term</c>.</summary>
    public string Name => $"{NameOf(Measure)}/{NameOf(Window)}";

    internal static LimitProgress Of(LimitUsage usage, Amounts charged) =>
        new(usage.Limit.Measure, usage.Limit.Window, usage.PostedAmount + Of(usage.Limit.Measure, charged), usage.Limit.Amount);

    private static string NameOf<T>(T value)
        where T : struct, Enum => value.ToString().ToLowerInvariant();

    private static long Of(QuotaMeasure measure, Amounts charged) => measure switch
    {
        QuotaMeasure.Records => charged.RecordCount,
        QuotaMeasure.Bytes => charged.ByteCount,
        QuotaMeasure.Tokens => charged.TokenCount,
        QuotaMeasure.Money => charged.MoneyMicros,
        _ => 0,
    };
}
