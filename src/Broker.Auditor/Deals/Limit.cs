namespace Broker.Auditor.Deals;

/// <summary>One limit of a contract version.</summary>
internal sealed record Limit(Unit Unit, Period Period, long Most)
{
    public long Of(Sum sum) => Unit switch
    {
        Unit.Records => sum.Records,
        Unit.Bytes => sum.Bytes,
        Unit.Tokens => sum.Tokens,
        _ => sum.MoneyMicros,
    };
}

/// <summary>What a limit counts.</summary>
internal enum Unit
{
    Records = 1,
    Bytes = 2,
    Tokens = 3,
    MoneyMicros = 4,
}

/// <summary>Over which time a limit counts. The numbers are those on disk.</summary>
internal enum Period
{
    Day = 1,
    Month = 2,
    Term = 3,
}
