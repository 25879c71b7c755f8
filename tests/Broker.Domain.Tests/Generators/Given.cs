using Broker.Domain.Consents;
using Broker.Domain.Deals;
using Broker.Domain.Platforms;
using Broker.Domain.Tokens;

namespace Broker.Domain.Tests.Generators;

/// <summary>Plain values that examples start from and change by <c>with</c>.</summary>
internal static class Given
{
    public const string Posts = "posts";
    public const string Archive = "archive";
    public const string Acme = "acme";
    public const string Globex = "globex";
    public const Purposes Training = Purposes.FoundationModelTraining;

    public static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public static readonly Policy OptIn = new()
    {
        Version = 1,
        Kinds = RecordKinds.All,
        Purposes = Purposes.All,
        EffectiveAt = Start,
        DefaultRule = new JurisdictionRule("", Regime.OptIn, 0),
        ObjectionChannel = "https://platform.example/object",
    };

    public static readonly Policy OptOut = OptIn with { DefaultRule = new JurisdictionRule("", Regime.OptOut, 30) };

    public static readonly Price Flat = new(PriceModel.FlatPerTerm, 60_000_000_000_000, "USD");

    public static readonly ContractTerms Terms = new()
    {
        Scope = new Scope { Datasets = [Posts], Kinds = RecordKinds.All, Purposes = Training },
        Price = Flat,
        TermStart = Start,
        TermEnd = Start.AddYears(1),
    };

    /// <summary>Five cents a thousand tokens.</summary>
    public static readonly ContractTerms ByTokens = Terms with { Price = new Price(PriceModel.PerThousandTokens, 50_000, "USD"), Tokenizer = Tokenizers.O200k };

    public static ConsentDecision Grant(DateTimeOffset madeAt) =>
        new(madeAt, Purposes.All, RecordKinds.All, null, ConsentChoice.Grant, ConsentSource.User);

    public static ConsentDecision Withdrawal(DateTimeOffset madeAt) => Grant(madeAt) with { Choice = ConsentChoice.Withdraw };
}
