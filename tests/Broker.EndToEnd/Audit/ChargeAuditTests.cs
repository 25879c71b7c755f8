using Broker.Auditor;
using Broker.Domain.Deals;
using Broker.Domain.Partitions;
using Broker.Domain.Releases;

namespace Broker.EndToEnd.Audit;

public sealed class ChargeAuditTests : AuditTest
{
    private const string Forged = "1/0/9/9@1";

    [Theory]
    [InlineData(QuotaDimension.Records, QuotaPeriod.Term, 5, "Records of the term stand at 8")]
    [InlineData(QuotaDimension.Records, QuotaPeriod.Day, 5, "Records of 2026-02-01 stand at 8")]
    [InlineData(QuotaDimension.Records, QuotaPeriod.Month, 5, "Records of 2026-02 stand at 8")]
    [InlineData(QuotaDimension.Bytes, QuotaPeriod.Term, 500, "Bytes of the term stand at 800")]
    [InlineData(QuotaDimension.Money, QuotaPeriod.Month, 5_000, "MoneyMicros of 2026-02 stand at 8000")]
    public async Task A_reservation_over_a_limit_is_found_to_the_last_unit(QuotaDimension dimension, QuotaPeriod period, long amount, string sentence)
    {
        var terms = Given.Terms with { Limits = [new QuotaLimit(dimension, period, amount)] };
        await FindsAsync(
            Promise.Charges,
            sentence,
            world =>
            {
                world.Propose("small", terms);
                world.OpenRound("small");
                for (var slices = 0; slices < 2; slices++) world.Release("small");
                Assert.InRange(AmountOf(world.Deals["small"].Ledger.PostedTotal, dimension), amount, long.MaxValue); // sold to the last unit, or over it
            },
            deal: NthOfDeal<Reserved>(2, reserved =>
            {
                Assert.False(reserved.Asked.FitsIn(reserved.Allowance));
                return reserved with { Allowance = reserved.Asked, Limit = "" };
            }));
    }

    [Fact]
    public Task What_is_posted_and_was_never_released_is_found() =>
        FindsAsync(Promise.Charges, "is posted, and no slice was released under it", world => world.Pull(), world =>
        {
            world.Append(Given.Pact, Reservation(world, Forged));
            world.Append(Given.Pact, new Posted(Forged, Amounts(1)));
        });

    [Fact]
    public Task What_is_released_and_was_never_reserved_is_found() =>
        FindsAsync(Promise.Charges, $"was released under reservation {Forged}, which platforms/acme/deals/pact never made", world => world.Pull(), partition: ChangeSlice(1, slice => slice with { ReservationId = Forged }));

    [Fact]
    public Task Two_slices_under_one_reservation_are_found()
    {
        string? first = null;
        return FindsAsync(Promise.Charges, "Two slices were released under reservation", world => world.Pull(), partition: fact =>
            fact is Released released ? released with { Slice = released.Slice with { ReservationId = first ??= released.Slice.ReservationId } } : fact);
    }

    [Fact]
    public Task A_slice_released_under_a_reservation_that_the_partition_voided_is_found() =>
        FindsAsync(Promise.Charges, "which was voided", world => world.OpenRound(), world =>
        {
            world.Write(new ReservationVoided(Given.Pact, "1/0/1/1@1")); // the next release's
            Assert.Equal("1/0/1/1@1", world.Release()!.Released.ReservationId);
        });

    [Fact]
    public Task A_void_of_what_was_released_is_found_in_the_partition() =>
        FindsAsync(Promise.Charges, "was voided though a slice was released under it", world => world.Pull(), world =>
            world.Append(new ReservationVoided(Given.Pact, world.Lineage().Slice(1, 1)!.Released.ReservationId)));

    [Fact]
    public Task A_void_of_what_was_released_is_found_in_the_deal() =>
        FindsAsync(Promise.Charges, "was released; the deal has voided the reservation", OneSliceUnposted, world =>
            world.Append(Given.Pact, new Voided(world.Lineage().Slice(1, 1)!.Released.ReservationId)));

    [Fact]
    public Task A_slice_that_costs_more_than_was_reserved_is_found() =>
        FindsAsync(Promise.Charges, "were reserved", world => world.Pull(), partition: ChangeSlice(1, slice => slice with { Amounts = slice.Amounts with { Bytes = slice.Amounts.Bytes + 1 } }));

    [Theory]
    [InlineData(1, "it allowed")]
    [InlineData(-1, "posted are")]
    public Task A_post_of_more_or_less_than_left_is_found(int more, string sentence) =>
        FindsAsync(Promise.Charges, sentence, world => world.Pull(), deal: NthOfDeal<Posted>(1, posted =>
            posted with { Actual = posted.Actual with { Records = posted.Actual.Records + more } }));

    [Fact]
    public Task A_second_post_is_found() =>
        FindsAsync(Promise.Charges, "was posted twice", world => world.Pull(), world =>
            world.Write(Given.Pact, new Posted(world.Lineage().Slice(1, 1)!.Released.ReservationId, Amounts(4))));

    [Fact]
    public Task A_second_reservation_of_one_id_is_found() =>
        FindsAsync(Promise.Charges, "was made twice", world => world.Pull(), world =>
            world.Write(Given.Pact, Reservation(world, world.Lineage().Slice(1, 1)!.Released.ReservationId)));

    [Fact]
    public Task A_post_after_a_void_is_found() =>
        FindsAsync(Promise.Charges, "was posted though it was voided", crime: world =>
        {
            world.Append(Given.Pact, Reservation(world, Forged));
            world.Append(Given.Pact, new Voided(Forged));
            world.Write(Given.Pact, new Posted(Forged, Amounts(1)));
        });

    [Fact]
    public Task A_void_after_a_post_is_found() =>
        FindsAsync(Promise.Charges, "was voided though it was posted or voided before", world => world.Pull(), world =>
            world.Write(Given.Pact, new Voided(world.Lineage().Slice(1, 1)!.Released.ReservationId)));

    [Fact]
    public Task A_post_of_nothing_that_was_reserved_is_found() =>
        FindsAsync(Promise.Charges, "was posted, voided or credited and never made", crime: world => world.Write(Given.Pact, new Posted(Forged, Amounts(1))));

    [Fact]
    public Task A_credit_of_more_than_was_charged_is_found() =>
        FindsAsync(Promise.Charges, "posted are 4 records", DroppedSlice, deal: NthOfDeal<Credited>(1, credited => credited with { Total = Amounts(5) }));

    [Fact]
    public Task A_credit_for_what_was_sent_is_found() =>
        FindsAsync(Promise.Charges, "were dropped or filtered out", world => world.Pull(), world =>
            world.Append(Given.Pact, new Credited(world.Lineage().Slice(1, 1)!.Released.ReservationId, Amounts(1))));

    [Fact]
    public Task A_credit_that_was_promised_and_never_booked_is_found() =>
        FindsAsync(Promise.Charges, "lacks a credit", DroppedSlice, deal: NthOfDeal<Credited>(1, _ => null));

    [Fact]
    public Task A_slice_at_another_price_than_the_contracts_is_found() =>
        FindsAsync(Promise.Charges, "its price makes it 4000", world => world.Pull(), withRows: false, partition: ChangeSlice(1, slice => slice with { Amounts = slice.Amounts with { MoneyMicros = 3_999 } }));

    [Theory]
    [InlineData(1)]
    [InlineData(-1)]
    public Task A_slice_that_counts_more_or_fewer_records_than_it_holds_is_found(int more) =>
        FindsAsync(Promise.Charges, "its range and interval hold 4 that may leave", world => world.Pull(), partition: ChangeSlice(1, slice => slice with { Amounts = Amounts(4 + more) }));

    [Fact]
    public Task A_reservation_of_a_suspended_deal_is_found() =>
        FindsAsync(Promise.Charges, "was made while the deal was suspended", world => world.Suspend(Given.Pact), world => world.Append(Given.Pact, Reservation(world, Forged)));

    [Fact]
    public Task A_reservation_of_an_ended_deal_is_found() =>
        FindsAsync(Promise.Charges, "was made while the deal was ended", world => world.Terminate(Given.Pact), world => world.Append(Given.Pact, Reservation(world, Forged)));

    [Fact]
    public Task A_reservation_under_another_version_is_found() =>
        FindsAsync(Promise.Charges, "under version 2; 1 was in force", crime: world => world.Append(Given.Pact, Reservation(world, Forged) with { ContractVersion = 2 }));

    [Fact]
    public Task A_reservation_of_more_than_was_asked_for_is_found() =>
        FindsAsync(Promise.Charges, "allows more than was asked for", crime: world => world.Append(Given.Pact, Reservation(world, Forged) with { Allowance = Amounts(2) }));

    [Fact]
    public Task A_reservation_that_outlives_the_term_is_found() =>
        FindsAsync(Promise.Charges, "outlives the contract's term", crime: world => world.Append(Given.Pact, Reservation(world, Forged) with { ValidUntil = Given.Terms.TermEnd.AddDays(1) }));

    [Fact]
    public Task A_reservation_that_was_over_before_it_was_made_is_found() =>
        FindsAsync(Promise.Charges, "was over before it was made", crime: world => world.Append(Given.Pact, Reservation(world, Forged) with { ValidUntil = world.Now - TimeSpan.FromSeconds(1) }));

    [Theory]
    [InlineData("2026-01-30", "2026-01")]
    [InlineData("2026-02-01", "2026-03")]
    [InlineData("someday", "2026-02")]
    public Task A_reservation_that_counts_for_another_day_or_month_than_its_own_is_found(string day, string month) =>
        FindsAsync(Promise.Charges, "is not when it was made", crime: world => world.Append(Given.Pact, Reservation(world, Forged) with { Day = day, Month = month }));

    [Fact]
    public Task A_release_after_its_reservations_end_is_found() =>
        FindsAsync(Promise.Charges, "was released after the reservation's end", world => world.OpenRound(), world =>
        {
            var twin = World.Begin();
            twin.OpenRound();
            var slice = twin.Release()!.Released;
            world.Append(Given.Pact, Reservation(world, slice.ReservationId) with { Asked = slice.Amounts, Allowance = slice.Amounts, ValidUntil = world.Now.AddSeconds(2) });
            world.Now += TimeSpan.FromSeconds(3);
            world.Append(new Released(Given.Pact, slice));
        });

    [Fact]
    public Task A_stop_that_is_called_complete_over_an_open_reservation_is_found() =>
        FindsAsync(Promise.Charges, "is neither posted nor voided", crime: world =>
        {
            world.Append(Given.Pact, Reservation(world, Forged));
            world.Append(Given.Pact, new DealSuspended("why not", "ann"));
            world.Append(Given.Pact, new RevocationCompleted(world.Deals[Given.Pact].Position));
        });

    [Fact]
    public Task A_slice_that_is_called_never_written_after_it_was_sent_is_found() =>
        FindsAsync(
            Promise.Charges,
            "was dropped as never written though it had been sent before",
            world =>
            {
                world.OpenRound();
                world.Resend(Given.Pact, world.Release()!);
            },
            world => world.Append(new Confirmed(Given.Pact, 1, [1], SliceOutcome.Dropped)));

    [Fact]
    public Task A_resend_whose_amounts_do_not_add_up_is_found_without_rows() =>
        FindsAsync(
            Promise.Charges,
            "together that is not the last send's",
            world =>
            {
                world.OpenRound();
                var slice = world.Release(mostRecords: 3)!;
                world.Decide(0, Given.Withdrawal(world.Now));
                world.Resend(Given.Pact, slice);
            },
            partition: Nth<Resent>(1, resent => resent with { Amounts = Amounts(1) }),
            withRows: false);

    private static void OneSliceUnposted(World world)
    {
        world.OpenRound();
        world.Release(isPosted: false);
    }

    private static void DroppedSlice(World world)
    {
        world.OpenRound();
        world.Drop(Given.Pact, world.Release()!);
    }

    private static Amounts Amounts(long records) => new(records, records * TestRows.BytesEach, 0, records * 1_000);

    private static long AmountOf(Amounts amounts, QuotaDimension dimension) => dimension switch
    {
        QuotaDimension.Records => amounts.Records,
        QuotaDimension.Bytes => amounts.Bytes,
        _ => amounts.MoneyMicros,
    };

    private static Reserved Reservation(World world, string id) =>
        new(id, 1, Amounts(1), Amounts(1), Amounts(1), "", Given.Terms.TermEnd, DealRules.PeriodsAt(Given.Terms, world.Now).Day, DealRules.PeriodsAt(Given.Terms, world.Now).Month);

    private static Func<PartitionEvent, PartitionEvent?> ChangeSlice(int n, Func<ReleasedSlice, ReleasedSlice> change) =>
        Nth<Released>(n, released => released with { Slice = change(released.Slice) });
}
