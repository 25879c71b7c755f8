using System.Collections.Immutable;
using Broker.Domain.Consents;
using Broker.Domain.Platforms;
using Broker.Domain.Releases;
using Broker.Domain.Tokens;

namespace Broker.Domain.Deals;

/// <summary>Which terms may be proposed.</summary>
public static class TermsRules
{
    /// <summary>Most of any amount: 10¹⁸, so that sums of two never overflow.</summary>
    public const long AmountMax = 1_000_000_000_000_000_000;

    /// <summary>The first rule that the terms break, or null.</summary>
    public static Refusal? Validate(ContractTerms terms, DateTimeOffset now) =>
        ValidateScope(terms.Scope)
        ?? ValidatePrice(terms.Price)
        ?? ValidateTerm(terms, now)
        ?? ValidateLimits(terms.Limits)
        ?? ValidateTokens(terms);

    private static Refusal? ValidateScope(Scope scope)
    {
        if (scope.Datasets.IsDefaultOrEmpty) return Invalid("Name at least one dataset.", "terms.scope.datasets");
        if (scope.Kinds == RecordKinds.None || (scope.Kinds & ~RecordKinds.All) != 0) return Invalid("Name at least one known kind.", "terms.scope.kinds");
        if (scope.Purposes == Purposes.None || (scope.Purposes & ~Purposes.All) != 0) return Invalid("Name at least one known purpose.", "terms.scope.purposes");
        if (scope.CreatedFrom >= scope.CreatedBefore) return Invalid("The window of creation ends before it starts.", "terms.scope.created_before");
        return ValidateFields(scope.Fields);
    }

    private static Refusal? ValidateFields(FieldPolicy fields)
    {
        if ((fields.Dropped & fields.Pseudonymised) != 0) return Invalid("A field is either dropped or pseudonymised.", "terms.scope.pseudonymised_fields");
        var touchesId = ((fields.Dropped | fields.Pseudonymised) & RecordFields.Id) != 0;
        return touchesId ? Invalid("The id is always released: a recall names it.", "terms.scope.dropped_fields") : null;
    }

    private static Refusal? ValidatePrice(Price price)
    {
        if (!Enum.IsDefined(price.Model) || price.Model == PriceModel.Unspecified) return Invalid("Say what the price is for.", "terms.price.unit");
        if (price.Micros is < 0 or > AmountMax) return Invalid($"0 to {AmountMax} micro-units.", "terms.price.amount.micros");
        return Currencies.Contains(price.Currency) ? null : Invalid("An active ISO 4217 code, like USD.", "terms.price.amount.currency_code");
    }

    private static Refusal? ValidateTerm(ContractTerms terms, DateTimeOffset now)
    {
        if (terms.TermEnd <= terms.TermStart) return Invalid("The term ends before it starts.", "terms.end_time");
        if (terms.TermEnd <= now) return Invalid("The term is over already.", "terms.end_time");
        if (terms.RecallDeadline < TimeSpan.FromMinutes(1) || terms.RecallDeadline > TimeSpan.FromDays(365))
            return Invalid("A minute to 365 days.", "terms.recall_deadline");
        return TimeZoneInfo.TryFindSystemTimeZoneById(terms.TimeZone, out _) ? null : Invalid("An IANA time zone, like Europe/Dublin.", "terms.time_zone");
    }

    private static Refusal? ValidateLimits(ImmutableArray<QuotaLimit> limits)
    {
        var seen = new HashSet<(QuotaDimension, QuotaPeriod)>();
        foreach (var limit in limits)
        {
            if (!Enum.IsDefined(limit.Dimension) || limit.Dimension == QuotaDimension.Unspecified) return Invalid("Say what is limited.", "terms.limits.measure");
            if (!Enum.IsDefined(limit.Period) || limit.Period == QuotaPeriod.Unspecified) return Invalid("Say over which time.", "terms.limits.window");
            if (limit.Amount is < 1 or > AmountMax) return Invalid($"A quota is 1 to {AmountMax}.", "terms.limits.amount");
            if (!seen.Add((limit.Dimension, limit.Period))) return Invalid($"{limit.Name} is named twice.", "terms.limits");
        }

        return null;
    }

    private static Refusal? ValidateTokens(ContractTerms terms)
    {
        var isCounted = terms.Price.Model == PriceModel.PerThousandTokens || terms.Limits.Any(limit => limit.Dimension == QuotaDimension.Tokens);
        if (!isCounted) return terms.CountsTokens ? Invalid("Nothing is priced or limited by tokens: leave it empty.", "terms.tokenizer") : null;
        if (!Tokenizers.All.Contains(terms.Tokenizer)) return Invalid($"Name the tokenizer that counts: {string.Join(" or ", Tokenizers.All)}.", "terms.tokenizer");

        // A pseudonym is made when it is sent, under a key of the deal: there is nothing that could be counted before.
        var fields = terms.Scope.Fields;
        if ((fields.Pseudonymised & TokenCounts.Fields) != 0) return Invalid("Tokens of a pseudonym are not counted: drop the title and the text, or release them as they are.", "terms.scope.pseudonymised_fields");
        return (fields.Plain & TokenCounts.Fields) == 0 ? Invalid("Neither title nor text is released: there are no tokens to count.", "terms.scope.dropped_fields") : null;
    }

    private static Refusal Invalid(string message, string field) => new(RefusalReason.InvalidValue, message, field);
}
