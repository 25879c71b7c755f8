using Broker.Domain.Deals;
using Broker.Domain.Releases;
using Broker.Gateway.Parsing;
using Wire = Broker.Protos.V1;

namespace Broker.Gateway.Deals;

/// <summary>Reads contract terms; which of them may be proposed is the rules' business.</summary>
internal static class TermsParser
{
    private const int ListMax = 1_000;
    private const int LimitsMax = 12;
    private const int LanguageMax = 64;

    private static readonly TimeSpan RecallDeadlineMin = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan RecallDeadlineMax = TimeSpan.FromDays(90);
    private static readonly TimeSpan RecallDeadlineDefault = TimeSpan.FromHours(24);

    /// <summary>The terms, and in <paramref name="fields"/> what is wrong with them.</summary>
    /// <param name="fields">Where wrong fields are remembered.</param>
    /// <param name="platform">The deal's platform.</param>
    /// <param name="terms">The terms on the wire.</param>
    public static ContractTerms Parse(RequestFields fields, string platform, Wire.ContractTerms? terms)
    {
        terms ??= new Wire.ContractTerms();
        return new ContractTerms
        {
            Scope = Scope(fields, platform, terms.Scope ?? new Wire.Scope()),
            Price = Price(fields, terms.Price ?? new Wire.Price()),
            Limits = [.. Limits(fields, terms.Limits)],
            TermStart = fields.Time("terms.start_time", terms.StartTime),
            TermEnd = fields.Time("terms.end_time", terms.EndTime),
            TimeZone = TimeZone(fields, terms.TimeZone),
            RecallDeadline = fields.Span("terms.recall_deadline", terms.RecallDeadline, RecallDeadlineMin, RecallDeadlineMax, RecallDeadlineDefault),
            DeleteAtEnd = terms.IsDeletedAtEnd,
            Tokenizer = terms.Tokenizer,
        };
    }

    private static Scope Scope(RequestFields fields, string platform, Wire.Scope scope) => new()
    {
        Datasets = [.. Datasets(fields, platform, scope.Datasets)],
        Kinds = fields.Kinds("terms.scope.kinds", scope.Kinds),
        Purposes = fields.Purposes("terms.scope.purposes", scope.Purposes),
        Languages = [.. Languages(fields, scope.Languages)],
        CreatedFrom = fields.OptionalTime("terms.scope.created_from", scope.CreatedFrom),
        CreatedBefore = fields.OptionalTime("terms.scope.created_before", scope.CreatedBefore),
        Fields = new FieldPolicy(
            fields.Fields("terms.scope.dropped_fields", scope.DroppedFields),
            fields.Fields("terms.scope.pseudonymised_fields", scope.PseudonymisedFields)),
        AttributionRequired = scope.IsAttributionRequired,
        FollowAllowed = scope.IsFollowAllowed,
    };

    private static IEnumerable<string> Datasets(RequestFields fields, string platform, IReadOnlyList<string> names)
    {
        if (names.Count is < 1 or > ListMax || names.Distinct().Count() != names.Count)
            fields.Refuse("terms.scope.datasets", $"1 to {ListMax}, each once.");
        for (var index = 0; index < names.Count; index++)
        {
            var field = $"terms.scope.datasets[{index}]";
            var name = fields.Dataset(field, names[index]);
            if (name.Platform is { } named && named != platform) fields.Refuse(field, "It is another platform's than the deal's.");
            yield return name.Dataset ?? "";
        }
    }

    private static IReadOnlyList<string> Languages(RequestFields fields, IReadOnlyList<string> languages)
    {
        if (languages.Count > ListMax || languages.Any(tag => tag.Length is < 2 or > LanguageMax || tag.Any(char.IsUpper)))
            fields.Refuse("terms.scope.languages", $"At most {ListMax} BCP 47 tags in lower case.");
        return languages;
    }

    private static Price Price(RequestFields fields, Wire.Price price)
    {
        var amount = price.Amount ?? new Wire.Money();
        var unit = fields.Defined("terms.price.unit", price.Unit);
        var micros = fields.InRange("terms.price.amount.micros", amount.Micros, 0, TermsRules.AmountMax);
        if (!Currencies.Contains(amount.CurrencyCode)) fields.Refuse("terms.price.amount.currency_code", "An active ISO 4217 code, like USD.");
        return new Price((PriceModel)unit, micros, amount.CurrencyCode);
    }

    private static IEnumerable<QuotaLimit> Limits(RequestFields fields, IReadOnlyList<Wire.QuotaLimit> limits)
    {
        if (limits.Count > LimitsMax) fields.Refuse("terms.limits", $"At most {LimitsMax}.");
        for (var index = 0; index < limits.Count; index++)
        {
            var (field, limit) = ($"terms.limits[{index}]", limits[index]);
            var measure = fields.Defined($"{field}.measure", limit.Measure);
            var window = fields.Defined($"{field}.window", limit.Window);
            yield return new QuotaLimit((QuotaDimension)measure, (QuotaPeriod)window, fields.InRange($"{field}.amount", limit.Amount, 1, TermsRules.AmountMax));
        }
    }

    private static string TimeZone(RequestFields fields, string zone)
    {
        if (zone.Length == 0) return "Etc/UTC";
        if (!TimeZoneInfo.TryFindSystemTimeZoneById(zone, out _)) fields.Refuse("terms.time_zone", "An IANA time zone, like Europe/Dublin.");
        return zone;
    }
}
