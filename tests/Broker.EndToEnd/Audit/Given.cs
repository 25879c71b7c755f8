using Broker.Domain.Consents;
using Broker.Domain.Deals;
using Broker.Domain.Platforms;
using Broker.Domain.Releases;
using Broker.Domain.Tokens;

namespace Broker.EndToEnd.Audit;

/// <summary>Plain values that stories start from and change by <c>with</c>.</summary>
internal static class Given
{
    public const string Pact = "pact";
    public const string Lab = "lab";
    public const Purposes Training = Purposes.FoundationModelTraining;

    public static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>Silence means yes after thirty days; in the EU only a grant does.</summary>
    public static readonly Policy Policy = new()
    {
        Version = 1,
        Kinds = RecordKinds.All,
        Purposes = Purposes.All,
        EffectiveAt = Start,
        DefaultRule = new JurisdictionRule("", Regime.OptOut, 30),
        JurisdictionRules = [new JurisdictionRule("EU", Regime.OptIn, 0)],
        ObjectionChannel = "https://acme.example/object",
    };

    /// <summary>A thousandth of a dollar a record; 100 records a day and 200 in the term.</summary>
    public static readonly ContractTerms Terms = new()
    {
        Scope = new Scope { Datasets = [World.Dataset], Kinds = RecordKinds.All, Purposes = Training },
        Price = new Price(PriceModel.PerRecord, 1_000, "USD"),
        Limits = [new QuotaLimit(QuotaDimension.Records, QuotaPeriod.Day, 100), new QuotaLimit(QuotaDimension.Records, QuotaPeriod.Term, 200)],
        TermStart = Start,
        TermEnd = Start.AddYears(1),
        DeleteAtEnd = true,
    };

    /// <summary>Five cents a thousand tokens, of the text alone; 60 in the term.</summary>
    public static readonly ContractTerms ByTokens = Terms with
    {
        Scope = Terms.Scope with { Fields = new FieldPolicy(RecordFields.Title, RecordFields.None) },
        Price = new Price(PriceModel.PerThousandTokens, 50_000, "USD"),
        Limits = [new QuotaLimit(QuotaDimension.Tokens, QuotaPeriod.Term, 60)],
        Tokenizer = Tokenizers.O200k,
    };

    /// <summary>The same without comments.</summary>
    public static readonly ContractTerms PostsOnly = Terms with { Scope = Terms.Scope with { Kinds = RecordKind.Post.ToSet() } };

    public static ConsentDecision Grant(DateTimeOffset madeAt) =>
        new(madeAt, Purposes.All, RecordKinds.All, null, ConsentChoice.Grant, ConsentSource.User);

    public static ConsentDecision Withdrawal(DateTimeOffset madeAt) => Grant(madeAt) with { Choice = ConsentChoice.Withdraw };
}
