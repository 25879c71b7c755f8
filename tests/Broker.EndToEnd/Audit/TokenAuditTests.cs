using Broker.Auditor;
using Broker.Domain.Deals;
using Broker.Domain.Partitions;
using Broker.Domain.Tokens;

namespace Broker.EndToEnd.Audit;

/// <summary>What is charged by tokens is proved from the counts that the log names.</summary>
public sealed class TokenAuditTests : AuditTest
{
    private const string Deal = "words";

    [Fact]
    public async Task Slices_by_tokens_are_proved_before_and_after_merges_and_removals()
    {
        var world = World.Begin();
        Story(world);
        world.Remove("a0");
        world.Add(Broker.Domain.Platforms.RecordKind.Post, "n");
        world.CountTokens();
        world.PlanMerge(TimeSpan.Zero);
        world.Merge();
        world.DeleteRetired();
        var verdict = await AuditAsync(world);
        Assert.Empty(verdict.Violations);
        Assert.True(world.Deals[Deal].Ledger.PostedTotal.Tokens > 40, $"{world.Deals[Deal].Ledger.PostedTotal}");
    }

    [Fact]
    public Task A_slice_that_charges_a_token_more_than_its_records_have_is_found() => FindsAsync(
        Promise.Charges, "its records have", Story, partition: ChangeTokens(1));

    [Fact]
    public Task A_slice_that_charges_a_token_less_is_found() => FindsAsync(
        Promise.Charges, "its records have", Story, partition: ChangeTokens(-1));

    [Fact]
    public Task Tokens_that_were_released_before_they_were_counted_are_found() => FindsAsync(
        Promise.Charges, "were not counted by o200k_base", Story, world =>
        {
            world.Add(Broker.Domain.Platforms.RecordKind.Post, "n"); // and nobody counts them
            world.OpenRound(Deal);
            var (round, slice) = (world.Lineage(Deal).OpenRound!, world.Lineage(Deal).Rounds[0].Slices[0].Released);
            world.Write(new Released(Deal, slice with { Round = 2, IntervalFrom = round.IntervalFrom, IntervalTo = round.IntervalTo, ReservationId = "2/0/1/9@1" }));
        });

    [Fact]
    public Task A_count_of_a_segment_that_is_not_there_or_was_counted_is_found() => FindsAsync(
        Promise.Order, "were counted by 'o200k_base' twice, or where no records lie", Story, world => world.Write(new TokensCounted("s0", TestRows.TokensOf("s0", Tokenizers.O200k))));

    [Fact]
    public Task A_merge_that_has_counts_which_nobody_made_is_found() => FindsAsync(
        Promise.Order,
        "has counts of tokens that its inputs had not",
        Merging,
        partition: Nth<SegmentsMerged>(1, merged => merged with
        {
            Outputs = [.. merged.Outputs.Select(output => output with { Tokens = [.. output.Tokens, TestRows.TokensOf(output.Segment.Id, Tokenizers.Cl100k)] })],
        }));

    [Fact]
    public Task A_resend_that_keeps_more_tokens_than_its_records_have_is_found() => FindsAsync(
        Promise.Charges,
        "its records have",
        world =>
        {
            Story(world, isConfirmed: false);
            world.Remove("a0");
            world.Resend(Deal, world.Lineage(Deal).Rounds[0].Slices[0]);
        },
        partition: Nth<Resent>(1, resent =>
        {
            var (kept, back) = (resent.Amounts with { Tokens = resent.Amounts.Tokens + 1 }, resent.Credited with { Tokens = resent.Credited.Tokens - 1 });
            return resent with { Amounts = kept, Credited = back };
        }));

    [Fact]
    public Task Slices_under_a_contract_by_tokens_that_nobody_counted_are_found() => FindsAsync(
        Promise.Charges,
        "was released under a contract by tokens, and nobody counted them",
        world => Story(world),
        partition: fact => fact is ContractSeen { Deal: Deal } seen ? seen with { Terms = seen.Terms with { Tokenizer = "" } } : fact);

    [Fact]
    public Task A_reservation_over_a_limit_of_tokens_is_found() => FindsAsync(
        Promise.Charges,
        "Tokens of the term stand at 23",
        world =>
        {
            world.Propose(Deal, Given.ByTokens with { Limits = [new QuotaLimit(QuotaDimension.Tokens, QuotaPeriod.Term, 20)] });
            world.Learn(Deal);
            world.CountTokens();
            world.OpenRound(Deal);
            for (var slices = 0; slices < 2; slices++) world.Release(Deal);
        },
        deal: NthOfDeal<Reserved>(2, reserved =>
        {
            Assert.False(reserved.Asked.FitsIn(reserved.Allowance));
            return reserved with { Allowance = reserved.Asked, Limit = "" };
        }));

    [Fact]
    public Task Tokens_under_a_contract_that_counts_none_are_found() => FindsAsync(
        Promise.Charges,
        "tokens under a contract that counts none",
        world => world.Pull(),
        partition: Nth<Released>(1, released => released with { Slice = released.Slice with { Amounts = released.Slice.Amounts with { Tokens = 1 } } }));

    private static void Story(World world) => Story(world, isConfirmed: true);

    private static void Story(World world, bool isConfirmed)
    {
        world.Propose(Deal, Given.ByTokens);
        world.Learn(Deal);
        world.CountTokens();
        if (isConfirmed) world.Pull(Deal);
        else if (world.OpenRound(Deal)) world.Release(Deal);
    }

    private static void Merging(World world)
    {
        Story(world);
        world.Add(Broker.Domain.Platforms.RecordKind.Post, "n");
        world.CountTokens();
        world.PlanMerge(TimeSpan.FromDays(1));
        world.Merge();
    }

    private static Func<PartitionEvent, PartitionEvent?> ChangeTokens(long by) => Nth<Released>(1, released =>
    {
        var tokens = released.Slice.Amounts.Tokens + by;
        return released with { Slice = released.Slice with { Amounts = released.Slice.Amounts with { Tokens = tokens, MoneyMicros = Given.ByTokens.Price.CostOf(0, 0, tokens) } } };
    });
}
