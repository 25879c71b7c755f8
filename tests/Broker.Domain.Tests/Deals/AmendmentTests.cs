using Broker.Domain.Deals;
using Broker.Domain.Platforms;
using Broker.Domain.Releases;
using Broker.Domain.Tests.Generators;

namespace Broker.Domain.Tests.Deals;

public sealed class AmendmentTests
{
    private static readonly Amounts One = new(1, 10, 0, 0);
    private static readonly ContractTerms Narrower = Given.Terms with { Scope = Given.Terms.Scope with { Kinds = RecordKinds.Post } };
    private readonly DealLog _deal = DealLog.Active(Given.Terms);

    [Fact]
    public void An_amendment_comes_in_force_at_its_time_and_not_before()
    {
        _deal.Amend(Narrower, Given.Start.AddDays(30));

        SweepAt(Given.Start.AddDays(30).AddTicks(-1));
        Assert.Equal(1, _deal.State.InForce);
        SweepAt(Given.Start.AddDays(30));
        Assert.Equal(2, _deal.State.InForce);
        Assert.Equal(RecordKinds.Post, _deal.State.Terms.Scope.Kinds);
    }

    [Fact]
    public void An_amendment_that_nobody_approved_never_comes_in_force()
    {
        _deal.Do((state, now) => DealRules.Amend(state, Narrower, now, "ann", now));
        SweepAt(Given.Start.AddDays(30));

        Assert.Equal(1, _deal.State.InForce);
    }

    [Fact]
    public void An_amendment_approved_after_its_time_is_in_force_at_once()
    {
        _deal.Amend(Narrower, Given.Start);

        Assert.Equal(2, _deal.State.InForce);
        Assert.Null(_deal.State.Amendment);
    }

    [Fact]
    public void An_amendment_that_was_never_approved_gives_way_to_the_next()
    {
        _deal.Do((state, now) => DealRules.Amend(state, Narrower, now, "ann", now));
        var prolonged = Given.Terms with { TermEnd = Given.Terms.TermEnd.AddYears(1) };
        _deal.Do((state, now) => DealRules.Amend(state, prolonged, now, "ann", now));

        Assert.Equal(prolonged, _deal.State.Amendment?.Terms);
        Assert.Equal(2, _deal.State.Versions.Count);
    }

    [Fact]
    public void An_approved_amendment_does_not_give_way()
    {
        _deal.Amend(Narrower, Given.Start.AddDays(30));

        Assert.Equal(RefusalReason.WrongState, _deal.Do((state, now) => DealRules.Amend(state, Given.Terms, now, "ann", now)).Refusal?.Reason);
    }

    [Fact]
    public void Approving_an_amendment_again_changes_nothing_and_another_version_is_refused()
    {
        _deal.Amend(Narrower, Given.Start.AddDays(30));

        Assert.Empty(_deal.Do((state, now) => DealRules.ApproveAmendment(state, 2, "carl", now)).Events);
        Assert.Equal("version", _deal.Do((state, now) => DealRules.ApproveAmendment(state, 3, "bob", now)).Refusal?.Field);
    }

    public static TheoryData<string, ContractTerms, DateTimeOffset> Wrong() => new()
    {
        { "terms.start_time", Given.Terms with { TermStart = Given.Start.AddDays(1) }, Given.Start },
        { "terms.price.amount.currency_code", Given.Terms with { Price = Given.Flat with { Currency = "EUR" } }, Given.Start },
        { "terms.time_zone", Given.Terms with { TimeZone = "Europe/Dublin" }, Given.Start },
        { "effective_time", Given.Terms, Given.Terms.TermEnd },
        { "effective_time", Given.Terms with { TermEnd = Given.Terms.TermEnd.AddYears(1) }, Given.Terms.TermEnd.AddTicks(1) },
    };

    [Theory, MemberData(nameof(Wrong))]
    public void An_amendment_changes_neither_start_nor_currency_nor_zone_and_comes_in_force_within_the_term(
        string field, ContractTerms terms, DateTimeOffset effectiveAt)
    {
        var refusal = _deal.Do((state, now) => DealRules.Amend(state, terms, effectiveAt, "ann", now)).Refusal;

        Assert.Equal((RefusalReason.InvalidValue, field), (refusal?.Reason, refusal?.Field));
    }

    [Fact]
    public void A_renewal_from_the_terms_end_on_keeps_the_deal_alive_however_late_the_sweep()
    {
        var renewed = Given.Terms with { TermEnd = Given.Terms.TermEnd.AddYears(1) };
        _deal.Amend(renewed, Given.Terms.TermEnd);

        SweepAt(Given.Terms.TermEnd.AddDays(3));

        Assert.Equal((DealLife.Active, 2), (_deal.State.Life, _deal.State.InForce));
        SweepAt(renewed.TermEnd);
        Assert.Equal(DealLife.Expired, _deal.State.Life);
    }

    [Fact]
    public void A_reservation_under_another_version_than_the_one_in_force_is_refused()
    {
        _deal.Amend(Narrower, Given.Start);

        Assert.Equal(RefusalReason.ContractChanged, Reserve("1/0/1/1@1", version: 1).Refusal?.Reason);
        Assert.Null(Reserve("1/0/1/2@1", version: 2).Refusal);
    }

    [Fact]
    public void A_reservation_is_valid_until_the_term_or_the_version_ends()
    {
        Reserve("1/0/1/1@1", version: 1);
        Assert.Equal(Given.Terms.TermEnd, _deal.State.Ledger.Find("1/0/1/1@1")?.Reserved.ValidUntil);

        _deal.Amend(Narrower, Given.Start.AddDays(30));
        Reserve("1/0/2/2@1", version: 1);
        Assert.Equal(Given.Start.AddDays(30), _deal.State.Ledger.Find("1/0/2/2@1")?.Reserved.ValidUntil);
    }

    [Fact]
    public void An_amendment_that_narrows_is_told_to_the_partitions_and_one_that_only_widens_is_not()
    {
        _deal.Amend(Narrower, Given.Start);
        Assert.Equal(RevocationKind.Narrowed, _deal.State.Revocation?.Kind);

        var wider = DealLog.Active(Narrower);
        wider.Amend(Given.Terms, Given.Start);
        Assert.Null(wider.State.Revocation);
    }

    [Theory]
    [InlineData(RecordFields.Author, RecordFields.None)]
    [InlineData(RecordFields.None, RecordFields.Author)]
    public void An_amendment_that_withholds_a_field_is_told_to_the_partitions_and_one_that_gives_it_back_is_not(RecordFields dropped, RecordFields pseudonymised)
    {
        var withheld = Given.Terms with { Scope = Given.Terms.Scope with { Fields = new(dropped, pseudonymised) } };
        _deal.Amend(withheld, Given.Start);
        Assert.Equal(RevocationKind.Narrowed, _deal.State.Revocation?.Kind);

        var wider = DealLog.Active(withheld);
        wider.Amend(Given.Terms, Given.Start);
        Assert.Null(wider.State.Revocation);
    }

    [Theory]
    [InlineData("suspend")]
    [InlineData("terminate")]
    public void A_narrowing_that_the_partitions_have_not_answered_is_not_forgotten_when_the_deal_stops(string how)
    {
        _deal.Amend(Narrower, Given.Start);
        _deal.Do((state, _) => how == "suspend" ? DealRules.Suspend(state, "why", "ann") : DealRules.Terminate(state, "why", "ann"));

        var orders = new List<RevocationKind>();
        while (_deal.State.Revocation is { } order)
        {
            orders.Add(order.Kind);
            _deal.Do((state, _) => DealRules.CompleteRevocation(state, order.Position));
        }

        Assert.Equal([RevocationKind.Narrowed, how == "suspend" ? RevocationKind.Suspended : RevocationKind.Ended], orders);
    }

    [Fact]
    public void A_new_version_counts_what_was_charged_under_the_old_one()
    {
        var limited = Given.Terms with { Limits = [new(QuotaDimension.Records, QuotaPeriod.Term, 5)] };
        var deal = DealLog.Active(limited);
        deal.Do((state, now) => DealRules.Reserve(state, "1/0/1/1@1", 1, new(4, 40, 0, 0), One, now));
        deal.Do((state, _) => DealRules.Post(state, "1/0/1/1@1", new(4, 40, 0, 0)));
        deal.Amend(limited with { Limits = [new(QuotaDimension.Records, QuotaPeriod.Term, 3)] }, Given.Start);

        var refused = deal.Do((state, now) => DealRules.Reserve(state, "1/0/2/2@1", 2, One, One, now)).Refusal;
        Assert.Equal((RefusalReason.QuotaExceeded, "records/term"), (refused?.Reason, refused?.Limit));
    }

    private Decision<DealEvent> Reserve(string id, int version) =>
        _deal.Do((state, now) => DealRules.Reserve(state, id, version, One, One, now));

    private void SweepAt(DateTimeOffset now)
    {
        _deal.Now = now;
        _deal.Sweep();
    }
}
