namespace Broker.Domain.Deals;

/// <summary>What counts in one day, month or term.</summary>
/// <param name="Posted">Charged, less what was credited.</param>
/// <param name="Reserved">Set aside.</param>
public readonly record struct PeriodTotals(Amounts Posted, Amounts Reserved);
