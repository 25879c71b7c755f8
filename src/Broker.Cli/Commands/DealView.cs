using System.Globalization;
using Broker.Cli.Output;
using Broker.Protos.V1;
using Spectre.Console;

namespace Broker.Cli.Commands;

/// <summary>Deals as people read them.</summary>
internal static class DealView
{
    /// <summary>One line a deal.</summary>
    public static ResultTable<Deal> Table { get; } = new ResultTable<Deal>()
        .Text("deal", deal => deal.Name)
        .Text("partner", deal => deal.Partner)
        .Text("state", deal => Words.Of(deal.State))
        .Number("version", deal => Amount.Of(deal.Contract.Version))
        .Text("price", deal => PriceOf(deal.Contract.Terms.Price))
        .Text("until", deal => Amount.Of(deal.Contract.Terms.EndTime));

    /// <summary>Writes one deal.</summary>
    public static void Write(CommandContext context, Deal deal) => context.Results.Write(deal, console =>
    {
        Lines.Write(
            console,
            ("deal", deal.Name),
            ("partner", deal.Partner),
            ("state", deal.StateReason.Length == 0 ? Words.Of(deal.State) : $"{Words.Of(deal.State)}: {deal.StateReason}"),
            ("proposed", Amount.Of(deal.CreateTime)));
        Write(console, "contract", deal.Contract);
        if (deal.Amendment is { } amendment) Write(console, "amendment", amendment);
    });

    /// <summary>What a limit counts, over which time: <c>records/term</c>.</summary>
    public static string NameOf(QuotaLimit limit) => $"{Words.Of(limit.Measure)}/{Words.Of(limit.Window)}";

    /// <summary>An amount of what a limit counts.</summary>
    public static string AmountOf(QuotaMeasure measure, long amount, string currency) =>
        measure == QuotaMeasure.Money ? Amount.Of(amount, currency) : Amount.Of(amount);

    private static void Write(IAnsiConsole console, string title, Contract contract)
    {
        var (terms, scope) = (contract.Terms, contract.Terms.Scope);
        console.WriteLine();
        Lines.Write(
            console,
            (title, string.Create(CultureInfo.InvariantCulture, $"version {contract.Version}, from {Amount.Of(contract.EffectiveTime)}")),
            ("proposed by", contract.ProposedBy),
            ("approved by", contract.ApprovedBy.Length == 0 ? "nobody yet" : contract.ApprovedBy),
            ("datasets", string.Join(", ", scope.Datasets)),
            ("kinds", Words.Of(scope.Kinds)),
            ("purposes", Words.Of(scope.Purposes)),
            ("languages", scope.Languages.Count == 0 ? "all" : string.Join(", ", scope.Languages)),
            ("records created", CreatedOf(scope)),
            ("dropped fields", Words.Of(scope.DroppedFields)),
            ("pseudonymised", Words.Of(scope.PseudonymisedFields)),
            ("attribution", scope.IsAttributionRequired ? "required" : "not required"),
            ("price", PriceOf(terms.Price)),
            ("tokens counted by", terms.Tokenizer),
            ("limits", terms.Limits.Count == 0 ? "none" : string.Join("; ", terms.Limits.Select(limit => LimitOf(limit, terms.Price.Amount.CurrencyCode)))),
            ("term", $"{Amount.Of(terms.StartTime)} to {Amount.Of(terms.EndTime)}, days of {(terms.TimeZone.Length == 0 ? "UTC" : terms.TimeZone)}"),
            ("recalls answered", $"within {Durations.Of(terms.RecallDeadline.ToTimeSpan())}"),
            ("at the end", terms.IsDeletedAtEnd ? "everything is recalled" : "what was delivered stays"));
    }

    private static string LimitOf(QuotaLimit limit, string currency) => $"{AmountOf(limit.Measure, limit.Amount, currency)} {NameOf(limit)}";

    private static string PriceOf(Price price) => $"{Amount.Of(price.Amount.Micros, price.Amount.CurrencyCode)} a {Words.Of(price.Unit).Replace('-', ' ')}";

    private static string CreatedOf(Scope scope) => (scope.CreatedFrom, scope.CreatedBefore) switch
    {
        (null, null) => "",
        ({ } from, null) => $"from {Amount.Of(from)}",
        (null, { } before) => $"before {Amount.Of(before)}",
        var (from, before) => $"from {Amount.Of(from)}, before {Amount.Of(before)}",
    };
}
