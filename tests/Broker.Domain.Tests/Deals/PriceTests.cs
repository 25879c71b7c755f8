using System.Numerics;
using Broker.Domain.Deals;
using CsCheck;

namespace Broker.Domain.Tests.Deals;

public sealed class PriceTests
{
    private static readonly Gen<Price> AnyPrice = Gen.Select(
        Gen.OneOf(PriceModel.FlatPerTerm, PriceModel.PerRecord, PriceModel.PerThousandTokens, PriceModel.PerGigabyte),
        Gen.Long[0, TermsRules.AmountMax],
        (model, micros) => new Price(model, micros, "USD"));

    [Fact]
    public void A_flat_price_costs_nothing_by_the_slice() =>
        Assert.Equal(0, new Price(PriceModel.FlatPerTerm, 60_000_000_000_000, "USD").CostOf(1_000_000, 1_000_000_000, 1_000_000));

    [Fact]
    public void A_part_of_a_micro_unit_is_charged_as_a_whole_one_and_no_bytes_cost_nothing()
    {
        var perGigabyte = new Price(PriceModel.PerGigabyte, 1_000_000, "USD"); // a dollar per 10⁹ bytes

        Assert.Equal(0, perGigabyte.CostOf(1, 0, 0));
        Assert.Equal(1, perGigabyte.CostOf(1, 1, 0));
        Assert.Equal(1, perGigabyte.CostOf(1, 1_000, 0));
        Assert.Equal(2, perGigabyte.CostOf(1, 1_001, 0));
    }

    [Fact]
    public void Slices_of_one_small_record_each_are_not_free()
    {
        var perGigabyte = new Price(PriceModel.PerGigabyte, 1_000_000, "USD");

        Assert.Equal(10_000, Enumerable.Range(0, 10_000).Sum(_ => perGigabyte.CostOf(1, 500, 0)));
    }

    [Fact]
    public void A_token_is_never_free()
    {
        var perThousand = new Price(PriceModel.PerThousandTokens, 50_000, "USD"); // five cents a thousand

        Assert.Equal(0, perThousand.CostOf(1, 500, 0));
        Assert.Equal(50, perThousand.CostOf(1, 500, 1));
        Assert.Equal(1, new Price(PriceModel.PerThousandTokens, 1, "USD").CostOf(1, 500, 1));
    }

    [Fact]
    public void Money_is_exact_where_a_floating_point_number_would_not_be() =>
        Assert.Equal(900_719_925_474_099_300, new Price(PriceModel.PerRecord, 9_007_199_254_740_993, "USD").CostOf(100, 0, 0));

    [Fact]
    public void The_cost_is_units_times_price_with_bytes_and_tokens_rounded_up() =>
        Gen.Select(AnyPrice, Gen.Long[0, 1_000_000_000], Gen.Long[0, 1_000_000_000_000], Gen.Long[0, 1_000_000_000]).Sample(
            (price, records, bytes, tokens) =>
            {
                BigInteger exact = price.Model switch
                {
                    PriceModel.PerRecord => (BigInteger)records * price.Micros,
                    PriceModel.PerThousandTokens => ((BigInteger)tokens * price.Micros + 999) / 1_000,
                    PriceModel.PerGigabyte => ((BigInteger)bytes * price.Micros + 999_999_999) / 1_000_000_000,
                    _ => 0,
                };
                if (exact > long.MaxValue) Assert.Throws<OverflowException>(() => price.CostOf(records, bytes, tokens));
                else Assert.Equal((long)exact, price.CostOf(records, bytes, tokens));
            },
            iter: 5_000);

    [Fact]
    public void Two_slices_never_cost_less_than_one_with_the_same_records_and_at_most_a_micro_unit_more() =>
        Gen.Select(Gen.Long[0, 1_000_000], Gen.Long[0, 100_000_000], Gen.Long[0, 100_000_000]).Sample(
            (micros, left, right) =>
            {
                var price = new Price(PriceModel.PerGigabyte, micros, "USD");
                var (apart, together) = (price.CostOf(0, left, 0) + price.CostOf(0, right, 0), price.CostOf(0, left + right, 0));
                return apart - together is 0 or 1;
            });

    [Fact]
    public void More_bytes_or_tokens_never_cost_less() => Gen.Select(AnyPrice, Gen.Long[0, 1_000_000], Gen.Long[0, 1_000_000]).Sample(
        (price, units, more) => price.CostOf(1, units, 0) <= price.CostOf(1, units + more, 0) && price.CostOf(1, 0, units / 1_000) <= price.CostOf(1, 0, (units + more) / 1_000));
}
