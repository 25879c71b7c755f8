using Broker.Domain.Deals;
using Broker.Domain.Tests.Generators;

namespace Broker.Domain.Tests.Deals;

public sealed class QuotaLedgerTests
{
    private static readonly Amounts One = new(1, 10, 0, 0);

    [Fact]
    public void When_less_is_left_the_largest_exact_part_is_granted_and_the_limit_is_named()
    {
        var deal = DealLog.Active(Limited(new(QuotaDimension.Records, QuotaPeriod.Term, 100), new(QuotaDimension.Bytes, QuotaPeriod.Day, 350)));

        var reserved = Reserve(deal, "1/0/1/1@1", new(50, 500, 0, 0));

        Assert.Equal((new Amounts(50, 350, 0, 0), "bytes/day"), (reserved.Allowance, reserved.Limit));
    }

    [Fact]
    public void Posting_less_than_reserved_returns_the_rest()
    {
        var deal = DealLog.Active(Limited(new QuotaLimit(QuotaDimension.Records, QuotaPeriod.Term, 10)));
        Reserve(deal, "1/0/1/1@1", new(10, 100, 0, 0));
        deal.Do((state, _) => DealRules.Post(state, "1/0/1/1@1", new(6, 60, 0, 0)));

        Assert.Equal(4, Reserve(deal, "1/0/2/2@1", new(9, 90, 0, 0)).Allowance.Records);
    }

    [Fact]
    public void While_another_slice_holds_the_rest_the_answer_is_held_and_the_last_units_are_sold_in_the_end()
    {
        var deal = DealLog.Active(Limited(new QuotaLimit(QuotaDimension.Records, QuotaPeriod.Term, 10)));
        Reserve(deal, "1/0/1/1@1", new(10, 100, 0, 0));

        Assert.Equal((RefusalReason.Held, "records/term"), Refused(deal, "1/0/2/2@1"));
        deal.Do((state, _) => DealRules.Void(state, "1/0/1/1@1"));
        Assert.Equal(10, Reserve(deal, "1/0/3/3@1", new(12, 120, 0, 0)).Allowance.Records);
        deal.Do((state, _) => DealRules.Post(state, "1/0/3/3@1", new(10, 100, 0, 0)));
        Assert.Equal((RefusalReason.QuotaExceeded, "records/term"), Refused(deal, "1/0/4/4@1"));
    }

    [Fact]
    public void A_limit_that_posted_amounts_fill_is_named_even_where_another_is_only_held()
    {
        var deal = DealLog.Active(Limited(new(QuotaDimension.Records, QuotaPeriod.Term, 5), new(QuotaDimension.Bytes, QuotaPeriod.Day, 20)));
        Reserve(deal, "1/0/1/1@1", new(2, 20, 0, 0));
        deal.Do((state, _) => DealRules.Post(state, "1/0/1/1@1", new(2, 20, 0, 0)));
        deal.Now = deal.Now.AddDays(1);
        Reserve(deal, "1/0/2/2@1", new(3, 20, 0, 0));
        deal.Now = deal.Now.AddDays(-1);

        Assert.Equal((RefusalReason.QuotaExceeded, "bytes/day"), Refused(deal, "1/0/3/3@1"));
    }

    [Fact]
    public void Credited_amounts_can_be_sold_again_in_the_period_that_they_were_charged_in()
    {
        var deal = DealLog.Active(Limited(new QuotaLimit(QuotaDimension.Records, QuotaPeriod.Day, 5)));
        Reserve(deal, "1/0/1/1@1", new(5, 50, 0, 0));
        deal.Do((state, _) => DealRules.Post(state, "1/0/1/1@1", new(5, 50, 0, 0)));
        deal.Do((state, _) => DealRules.Credit(state, "1/0/1/1@1", new(2, 20, 0, 0)));

        Assert.Equal(2, Reserve(deal, "1/0/2/2@1", new(5, 50, 0, 0)).Allowance.Records);
    }

    [Fact]
    public void What_was_reserved_before_midnight_counts_for_that_day_whenever_it_is_posted()
    {
        var limit = new QuotaLimit(QuotaDimension.Records, QuotaPeriod.Day, 5);
        var deal = DealLog.Active(Limited(limit));
        deal.Now = new DateTimeOffset(2026, 1, 31, 23, 59, 59, TimeSpan.Zero);
        Reserve(deal, "1/0/1/1@1", new(5, 50, 0, 0));
        deal.Now = deal.Now.AddSeconds(2);
        deal.Do((state, _) => DealRules.Post(state, "1/0/1/1@1", new(5, 50, 0, 0)));

        Assert.Equal((5, 0), deal.State.Ledger.UsageOf(limit, "2026-01-31", "2026-01"));
        Assert.Equal((0, 0), deal.State.Ledger.UsageOf(limit, "2026-02-01", "2026-02"));
        Assert.Equal(5, Reserve(deal, "1/0/2/2@1", new(5, 50, 0, 0)).Allowance.Records);
    }

    [Theory]
    [InlineData("Etc/UTC", "2026-03-29T00:30:00Z", "2026-03-29", "2026-03")]
    [InlineData("Europe/Dublin", "2026-03-28T23:59:59Z", "2026-03-28", "2026-03")]
    [InlineData("Europe/Dublin", "2026-03-29T22:59:59Z", "2026-03-29", "2026-03")] // summer time began at 01:00
    [InlineData("Europe/Dublin", "2026-03-29T23:00:00Z", "2026-03-30", "2026-03")]
    [InlineData("Europe/Dublin", "2026-10-24T23:00:00Z", "2026-10-25", "2026-10")]
    [InlineData("Europe/Dublin", "2026-10-25T23:59:59Z", "2026-10-25", "2026-10")] // a day of 25 hours
    [InlineData("Europe/Dublin", "2026-10-26T00:00:00Z", "2026-10-26", "2026-10")]
    [InlineData("America/Los_Angeles", "2026-12-01T07:59:59Z", "2026-11-30", "2026-11")]
    [InlineData("America/Los_Angeles", "2026-12-01T08:00:00Z", "2026-12-01", "2026-12")]
    [InlineData("Pacific/Kiritimati", "2026-12-31T10:00:00Z", "2027-01-01", "2027-01")]
    public void Days_and_months_are_those_of_the_contracts_zone(string zone, string now, string day, string month) => Assert.Equal(
        (day, month),
        DealRules.PeriodsAt(Given.Terms with { TimeZone = zone }, DateTimeOffset.Parse(now, System.Globalization.CultureInfo.InvariantCulture)));

    [Fact]
    public void A_repeated_id_is_answered_as_it_was_decided_even_when_nothing_is_left_or_the_deal_has_stopped()
    {
        var deal = DealLog.Active(Limited(new QuotaLimit(QuotaDimension.Records, QuotaPeriod.Term, 5)));
        Reserve(deal, "1/0/1/1@1", new(9, 90, 0, 0));
        deal.Do((state, _) => DealRules.Suspend(state, "why", "ann"));

        var again = deal.Do((state, now) => DealRules.Reserve(state, "1/0/1/1@1", 1, new(9, 90, 0, 0), One, now));

        Assert.Equal((null, 0), (again.Refusal, again.Events.Length));
        Assert.Equal(5, deal.State.Ledger.Find("1/0/1/1@1")?.Reserved.Allowance.Records);
    }

    [Theory]
    [InlineData(2, 9, 90)]
    [InlineData(1, 8, 90)]
    [InlineData(1, 9, 91)]
    public void A_repeated_id_with_another_body_is_refused(int version, long records, long bytes)
    {
        var deal = DealLog.Active(Given.Terms);
        Reserve(deal, "1/0/1/1@1", new(9, 90, 0, 0));

        var again = deal.Do((state, now) => DealRules.Reserve(state, "1/0/1/1@1", version, new(records, bytes, 0, 0), One, now));

        Assert.Equal(RefusalReason.RequestIdReused, again.Refusal?.Reason);
    }

    [Fact]
    public void A_reservation_for_no_record_is_refused()
    {
        var deal = DealLog.Active(Given.Terms);
        foreach (var (asked, first) in ((Amounts, Amounts)[])[(Amounts.Zero, Amounts.Zero), (One, Amounts.Zero), (One, new(1, 11, 0, 0)), (new(2, 20, 0, 0), new(2, 20, 0, 0))])
            Assert.Equal((RefusalReason.InvalidValue, "amounts"), Of(deal.Do((state, now) => DealRules.Reserve(state, "1/0/1/1@1", 1, asked, first, now))));
    }

    [Fact]
    public void More_than_was_set_aside_cannot_be_posted_nor_more_credited_than_was_charged()
    {
        var deal = DealLog.Active(Given.Terms);
        Reserve(deal, "1/0/1/1@1", new(5, 50, 0, 0));

        Assert.Equal((RefusalReason.InvalidValue, "amounts"), Of(deal.Do((state, _) => DealRules.Post(state, "1/0/1/1@1", new(5, 51, 0, 0)))));
        deal.Do((state, _) => DealRules.Post(state, "1/0/1/1@1", new(4, 40, 0, 0)));
        Assert.Equal((RefusalReason.InvalidValue, "amounts"), Of(deal.Do((state, _) => DealRules.Credit(state, "1/0/1/1@1", new(5, 40, 0, 0)))));
    }

    [Fact]
    public void A_smaller_credit_that_comes_late_changes_nothing()
    {
        var deal = DealLog.Active(Given.Terms);
        Reserve(deal, "1/0/1/1@1", new(5, 50, 0, 0));
        deal.Do((state, _) => DealRules.Post(state, "1/0/1/1@1", new(5, 50, 0, 0)));
        deal.Do((state, _) => DealRules.Credit(state, "1/0/1/1@1", new(3, 30, 0, 0)));

        Assert.Empty(deal.Do((state, _) => DealRules.Credit(state, "1/0/1/1@1", new(2, 20, 0, 0))).Events);
        Assert.Equal(new Amounts(2, 20, 0, 0), deal.State.Ledger.PostedTotal);
    }

    [Fact]
    public void Posting_and_crediting_what_was_never_reserved_is_refused_and_voiding_it_gives_nothing_back()
    {
        var deal = DealLog.Active(Given.Terms);

        Assert.Equal((RefusalReason.NotFound, "id"), Of(deal.Do((state, _) => DealRules.Post(state, "1/0/1/1@1", One))));
        Assert.Equal((RefusalReason.NotFound, "id"), Of(deal.Do((state, _) => DealRules.Credit(state, "1/0/1/1@1", One))));
        Assert.Empty(deal.Do((state, _) => DealRules.Void(state, "1/0/1/1@1")).Events);
    }

    [Fact]
    public void A_flat_price_charges_no_money_by_the_slice_and_a_money_limit_stops_a_metered_one()
    {
        var limits = new QuotaLimit(QuotaDimension.Money, QuotaPeriod.Term, 10);
        var flat = DealLog.Active(Limited(limits));
        var metered = DealLog.Active(Limited(limits) with { Price = new(PriceModel.PerRecord, 3, "USD") });

        Assert.Equal(100, Reserve(flat, "1/0/1/1@1", new(100, 1_000, 0, 0)).Allowance.Records);
        Assert.Equal(3, Reserve(metered, "1/0/1/1@1", new(100, 1_000, 0, 300), new(1, 10, 0, 3)).Allowance.Records);
    }

    [Fact]
    public void Money_that_does_not_pay_for_records_does_not_hold_them()
    {
        var terms = Limited(new(QuotaDimension.Money, QuotaPeriod.Day, 10), new(QuotaDimension.Records, QuotaPeriod.Term, 100));
        var deal = DealLog.Active(terms with { Price = new(PriceModel.PerRecord, 3, "USD") });
        Reserve(deal, "1/0/1/1@1", new(100, 1_000, 0, 300), new(1, 10, 0, 3));

        Assert.Equal(3, deal.State.Ledger.ReservedTotal.Records);
    }

    [Theory]
    [InlineData(3_000_000_000, 10, 3)] // 9 of 10 micro-units: a fourth byte would cost 12
    [InlineData(300_000_000, 10, 33)] // 9.9, rounded up to 10; a 34th byte would make it 10.2, and 11
    [InlineData(1, 1, 1_000_000_000)]
    public void Money_sets_aside_the_most_bytes_whose_price_rounded_up_it_pays(long micros, long left, long bytes)
    {
        var terms = Limited(new QuotaLimit(QuotaDimension.Money, QuotaPeriod.Term, left)) with { Price = new(PriceModel.PerGigabyte, micros, "USD") };
        var allowed = Reserve(DealLog.Active(terms), "1/0/1/1@1", terms.AmountsOf(2, 2_000_000_000, 0), terms.AmountsOf(1, 1, 0)).Allowance;

        Assert.Equal((bytes, left), (allowed.Bytes, allowed.MoneyMicros));
        Assert.True(terms.Price.CostOf(2, bytes, 0) <= left);
        Assert.True(terms.Price.CostOf(2, bytes + 1, 0) > left);
    }

    [Fact]
    public void What_a_term_sums_up_to_never_overflows()
    {
        var deal = DealLog.Active(Given.Terms with { Price = new(PriceModel.PerRecord, TermsRules.AmountMax, "USD") });
        var whole = new Amounts(9, 90, 0, 9 * TermsRules.AmountMax);
        var reserved = Reserve(deal, "1/0/1/1@1", whole, new(1, 10, 0, TermsRules.AmountMax));
        Assert.Equal((1, "money/term"), (reserved.Allowance.Records, reserved.Limit));
        deal.Do((state, _) => DealRules.Post(state, "1/0/1/1@1", new(1, 10, 0, TermsRules.AmountMax)));

        Assert.Equal((RefusalReason.QuotaExceeded, "money/term"), Refused(deal, "1/0/2/2@1", new(1, 10, 0, TermsRules.AmountMax)));
    }

    private static ContractTerms Limited(params QuotaLimit[] limits) => Given.Terms with { Limits = [.. limits] };

    private static Reserved Reserve(DealLog deal, string id, Amounts asked, Amounts? first = null)
    {
        Assert.Null(deal.Do((state, now) => DealRules.Reserve(state, id, state.InForce, asked, first ?? One, now)).Refusal);
        return deal.State.Ledger.Find(id)!.Reserved;
    }

    private static (RefusalReason?, string?) Refused(DealLog deal, string id, Amounts? one = null)
    {
        var refusal = deal.Do((state, now) => DealRules.Reserve(state, id, 1, one ?? One, one ?? One, now)).Refusal;
        return (refusal?.Reason, refusal?.Limit);
    }

    private static (RefusalReason?, string?) Of(Decision<DealEvent> decision) => (decision.Refusal?.Reason, decision.Refusal?.Field);
}
