using Broker.Domain.Consents;
using Broker.Domain.Deals;
using Broker.Domain.Platforms;
using Broker.Domain.Releases;
using Broker.Domain.Tests.Generators;
using Broker.Domain.Tokens;

namespace Broker.Domain.Tests.Deals;

public sealed class TermsRulesTests
{
    private static readonly ContractTerms Good = Given.Terms with
    {
        Limits = [new(QuotaDimension.Records, QuotaPeriod.Day, 1), new(QuotaDimension.Records, QuotaPeriod.Term, TermsRules.AmountMax)],
    };

    [Fact]
    public void Terms_within_every_range_are_accepted() => Assert.Null(TermsRules.Validate(Good, Given.Start));

    public static TheoryData<string, ContractTerms> Wrong() => new()
    {
        { "terms.scope.datasets", WithScope(scope => scope with { Datasets = [] }) },
        { "terms.scope.datasets", WithScope(scope => scope with { Datasets = default }) },
        { "terms.scope.kinds", WithScope(scope => scope with { Kinds = RecordKinds.None }) },
        { "terms.scope.kinds", WithScope(scope => scope with { Kinds = (RecordKinds)(1 << 12) }) },
        { "terms.scope.purposes", WithScope(scope => scope with { Purposes = Purposes.None }) },
        { "terms.scope.purposes", WithScope(scope => scope with { Purposes = (Purposes)1 }) },
        { "terms.scope.created_before", WithScope(scope => scope with { CreatedFrom = Given.Start, CreatedBefore = Given.Start }) },
        { "terms.scope.pseudonymised_fields", WithScope(scope => scope with { Fields = new(RecordFields.Author, RecordFields.Author) }) },
        { "terms.scope.dropped_fields", WithScope(scope => scope with { Fields = new(RecordFields.Id, RecordFields.None) }) },
        { "terms.scope.dropped_fields", WithScope(scope => scope with { Fields = new(RecordFields.None, RecordFields.Id) }) },
        { "terms.price.unit", WithPrice(price => price with { Model = PriceModel.Unspecified }) },
        { "terms.price.unit", WithPrice(price => price with { Model = (PriceModel)99 }) },
        { "terms.price.amount.micros", WithPrice(price => price with { Micros = -1 }) },
        { "terms.price.amount.micros", WithPrice(price => price with { Micros = TermsRules.AmountMax + 1 }) },
        { "terms.price.amount.micros", WithPrice(price => price with { Micros = long.MaxValue }) },
        { "terms.price.amount.currency_code", WithPrice(price => price with { Currency = "usd" }) },
        { "terms.price.amount.currency_code", WithPrice(price => price with { Currency = "XXX" }) },
        { "terms.price.amount.currency_code", WithPrice(price => price with { Currency = "" }) },
        { "terms.end_time", Good with { TermEnd = Given.Start } },
        { "terms.end_time", Good with { TermStart = Given.Start.AddYears(-2), TermEnd = Given.Start } },
        { "terms.recall_deadline", Good with { RecallDeadline = TimeSpan.FromSeconds(59) } },
        { "terms.recall_deadline", Good with { RecallDeadline = TimeSpan.FromDays(366) } },
        { "terms.recall_deadline", Good with { RecallDeadline = TimeSpan.FromHours(-24) } },
        { "terms.time_zone", Good with { TimeZone = "Europe/Atlantis" } },
        { "terms.time_zone", Good with { TimeZone = "" } },
        { "terms.time_zone", Good with { TimeZone = "../../etc/passwd" } },
        { "terms.limits.measure", WithLimits(new QuotaLimit(QuotaDimension.Unspecified, QuotaPeriod.Day, 1)) },
        { "terms.limits.measure", WithLimits(new QuotaLimit((QuotaDimension)99, QuotaPeriod.Day, 1)) },
        { "terms.limits.window", WithLimits(new QuotaLimit(QuotaDimension.Records, QuotaPeriod.Unspecified, 1)) },
        { "terms.limits.window", WithLimits(new QuotaLimit(QuotaDimension.Records, (QuotaPeriod)99, 1)) },
        { "terms.limits.amount", WithLimits(new QuotaLimit(QuotaDimension.Records, QuotaPeriod.Day, 0)) },
        { "terms.limits.amount", WithLimits(new QuotaLimit(QuotaDimension.Records, QuotaPeriod.Day, -5)) },
        { "terms.limits.amount", WithLimits(new QuotaLimit(QuotaDimension.Money, QuotaPeriod.Term, long.MaxValue)) },
        { "terms.limits", WithLimits(new QuotaLimit(QuotaDimension.Bytes, QuotaPeriod.Day, 1), new QuotaLimit(QuotaDimension.Bytes, QuotaPeriod.Day, 2)) },
    };

    [Theory, MemberData(nameof(Wrong))]
    public void Wrong_terms_are_refused_and_the_field_is_named(string field, ContractTerms terms)
    {
        var refusal = TermsRules.Validate(terms, Given.Start);

        Assert.Equal((RefusalReason.InvalidValue, field), (refusal?.Reason, refusal?.Field));
    }

    [Theory, MemberData(nameof(Wrong))]
    public void Neither_a_proposal_nor_an_amendment_takes_wrong_terms(string field, ContractTerms terms)
    {
        var proposal = new DealLog().Do((state, now) => DealRules.Propose(state, Given.Acme, terms, "ann", now));
        var amendment = DealLog.Active(Good).Do((state, now) => DealRules.Amend(state, terms, now, "ann", now));

        Assert.Equal(field, proposal.Refusal?.Field);
        Assert.Equal(RefusalReason.InvalidValue, amendment.Refusal?.Reason);
    }

    [Theory]
    [InlineData(PriceModel.PerThousandTokens, QuotaDimension.Records)]
    [InlineData(PriceModel.FlatPerTerm, QuotaDimension.Tokens)]
    public void A_price_or_limit_by_tokens_names_its_tokenizer(PriceModel model, QuotaDimension dimension)
    {
        var terms = Good with { Price = new(model, 1, "EUR"), Limits = [new(dimension, QuotaPeriod.Month, 1)], Tokenizer = Tokenizers.O200k };

        Assert.Null(TermsRules.Validate(terms, Given.Start));
        foreach (var tokenizer in new[] { "", "gpt2", "O200K_BASE" }) Assert.Equal("terms.tokenizer", TermsRules.Validate(terms with { Tokenizer = tokenizer }, Given.Start)?.Field);
    }

    [Fact]
    public void A_tokenizer_that_would_count_nothing_is_refused()
    {
        var byTokens = Good with { Price = new(PriceModel.PerThousandTokens, 1, "EUR"), Tokenizer = Tokenizers.Cl100k };
        ContractTerms With(RecordFields dropped, RecordFields pseudonymised) => byTokens with { Scope = byTokens.Scope with { Fields = new FieldPolicy(dropped, pseudonymised) } };

        Assert.Equal("terms.tokenizer", TermsRules.Validate(Good with { Tokenizer = Tokenizers.O200k }, Given.Start)?.Field);
        Assert.Equal("terms.scope.pseudonymised_fields", TermsRules.Validate(With(RecordFields.None, RecordFields.Title), Given.Start)?.Field);
        Assert.Equal("terms.scope.dropped_fields", TermsRules.Validate(With(RecordFields.Title | RecordFields.Text, RecordFields.None), Given.Start)?.Field);
        Assert.Null(TermsRules.Validate(With(RecordFields.Title, RecordFields.Author), Given.Start));
    }

    [Theory]
    [InlineData("USD", true)]
    [InlineData("EUR", true)]
    [InlineData("JPY", true)]
    [InlineData("DEM", false)] // gone since 2002
    [InlineData("XAU", false)] // gold
    [InlineData("US", false)]
    public void Currencies_are_the_active_ones_of_ISO_4217(string code, bool isActive) => Assert.Equal(isActive, Currencies.Contains(code));

    private static ContractTerms WithScope(Func<Scope, Scope> change) => Good with { Scope = change(Good.Scope) };

    private static ContractTerms WithPrice(Func<Price, Price> change) => Good with { Price = change(Good.Price) };

    private static ContractTerms WithLimits(params QuotaLimit[] limits) => Good with { Limits = [.. limits] };
}
