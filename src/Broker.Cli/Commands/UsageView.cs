using System.Globalization;
using Broker.Cli.Output;
using Broker.Protos.V1;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Broker.Cli.Commands;

/// <summary>A deal's usage as people read it: a bar for each limit.</summary>
internal static class UsageView
{
    private const int BarWidth = 32;

    /// <summary>The whole usage.</summary>
    public static IRenderable Of(Usage usage) => new Rows(Heading(usage), Limits(usage), Totals(usage));

    /// <summary>A bar: used, set aside, left.</summary>
    /// <param name="used">Used, at least 0.</param>
    /// <param name="reserved">Set aside, at least 0.</param>
    /// <param name="limit">The most, at least 1.</param>
    /// <param name="width">Characters.</param>
    /// <remarks>Full only when it is: the last record left is a visible gap, and the first one used a visible mark.</remarks>
    public static string Bar(long used, long reserved, long limit, int width)
    {
        var (usedCells, takenCells) = (CellsOf(used, limit, width), CellsOf((Int128)used + reserved, limit, width));
        if (reserved > 0 && takenCells == usedCells && takenCells < width) takenCells++;
        return new string('█', usedCells) + new string('▒', takenCells - usedCells) + new string('░', width - takenCells);
    }

    private static int CellsOf(Int128 amount, long limit, int width)
    {
        if (amount <= 0) return 0;
        if (amount >= limit) return width;
        return Math.Clamp((int)(amount * width / limit), 1, width - 1);
    }

    private static Text Heading(Usage usage) => new(string.Create(
        CultureInfo.InvariantCulture,
        $"{Shown.Of(usage.Deal)}: {Words.Of(usage.State)}, contract version {usage.ContractVersion}, at {Amount.Of(usage.ReadTime)}"));

    private static IRenderable Limits(Usage usage)
    {
        if (usage.Limits.Count == 0) return new Text("No limits.");
        var table = new Table().Border(TableBorder.Simple).AddColumns(
            new TableColumn("limit"), new TableColumn("used █  set aside ▒  left ░").NoWrap(), new TableColumn("used").RightAligned(),
            new TableColumn("set aside").RightAligned(), new TableColumn("most").RightAligned(), new TableColumn("").RightAligned());
        foreach (var limit in usage.Limits) table.AddRow(Cells(limit, usage.CurrencyCode).Select(cell => new Text(cell)));
        return table;
    }

    private static IEnumerable<string> Cells(LimitUsage usage, string currency)
    {
        var (limit, measure) = (usage.Limit, usage.Limit.Measure);
        yield return DealView.NameOf(limit);
        yield return Bar(usage.PostedAmount, usage.ReservedAmount, limit.Amount, BarWidth);
        yield return DealView.AmountOf(measure, usage.PostedAmount, currency);
        yield return DealView.AmountOf(measure, usage.ReservedAmount, currency);
        yield return DealView.AmountOf(measure, limit.Amount, currency);
        yield return string.Create(CultureInfo.InvariantCulture, $"{(decimal)usage.PostedAmount / limit.Amount:P1}");
    }

    private static Text Totals(Usage usage) => new(
        $"posted {Of(usage.Posted, usage.CurrencyCode)}; set aside {Of(usage.Reserved, usage.CurrencyCode)}; credited {Of(usage.Credited, usage.CurrencyCode)}; "
        + $"not confirmed by any client: {Amount.Of(usage.UncertainRecordCount)} records");

    /// <summary>Amounts in words.</summary>
    public static string Of(Amounts? amounts, string currency) => amounts is null
        ? "nothing"
        : $"{Amount.Of(amounts.RecordCount)} records, {Amount.Of(amounts.ByteCount)} bytes, {TokensOf(amounts)}{Amount.Of(amounts.MoneyMicros, currency)}";

    // Only a contract that counts them has any.
    private static string TokensOf(Amounts amounts) => amounts.TokenCount == 0 ? "" : $"{Amount.Of(amounts.TokenCount)} tokens, ";
}
