using System.Collections.Immutable;
using Broker.Domain.Deals;
using Broker.Domain.Tokens;
using CsCheck;

namespace Broker.Domain.Tests.Generators;

/// <summary>Quotas that small slices run into soon.</summary>
internal static class LimitGen
{
    private static readonly Gen<QuotaLimit> One = Gen.Select(
        Gen.OneOf(QuotaDimension.Records, QuotaDimension.Bytes, QuotaDimension.Tokens, QuotaDimension.Money),
        Gen.OneOf(QuotaPeriod.Day, QuotaPeriod.Month, QuotaPeriod.Term),
        Gen.Long[1, 40],
        (dimension, period, amount) => new QuotaLimit(dimension, period, amount));

    /// <summary>Up to four limits, each of another kind, in any order.</summary>
    public static readonly Gen<ImmutableArray<QuotaLimit>> Some = One.Array[0, 4].Select(limits => limits.DistinctBy(limit => limit.Name).ToImmutableArray());

    /// <summary>Prices at which a few records cost a few micro-units; by the gigabyte also parts of one.</summary>
    public static readonly Gen<Price> AnyPrice = Gen.OneOf(
        Gen.Const(Given.Flat),
        Gen.Long[0, 5].Select(micros => new Price(PriceModel.PerRecord, micros, "USD")),
        Gen.Long[1, 30].Select(tenths => new Price(PriceModel.PerGigabyte, tenths * 100_000_000, "USD")),
        Gen.Long[1, 30].Select(tenths => new Price(PriceModel.PerThousandTokens, tenths * 100, "USD")));

    public static readonly Gen<ContractTerms> Terms = Gen.Select(Some, AnyPrice, (limits, price) => Given.Terms with
    {
        Limits = limits,
        Price = price,
        Tokenizer = price.Model == PriceModel.PerThousandTokens || limits.Any(limit => limit.Dimension == QuotaDimension.Tokens) ? Tokenizers.O200k : "",
    });
}
