using Broker.Auditor;

namespace Broker.EndToEnd.Audit;

/// <summary>A cluster that goes on while it is read: deals, partitions, deals again.</summary>
public sealed class RunningClusterAuditTests : AuditTest
{
    [Fact]
    public async Task What_happens_after_the_deals_were_read_first_accuses_nobody()
    {
        var world = Pulling();
        world.Logs.BeforeReading = reading =>
        {
            if (reading == 2) world.Release();
        };
        var verdict = await AuditAsync(world);
        Assert.Empty(verdict.Violations);
        Assert.Equal(2, verdict.Totals.Slices);
    }

    [Fact]
    public async Task What_is_released_after_the_partitions_were_read_is_pending()
    {
        var world = Pulling();
        world.Logs.BeforeReading = reading =>
        {
            if (reading == 3) world.Release();
        };
        var verdict = await AuditAsync(world);
        Assert.Empty(verdict.Violations);
        Assert.Equal((1, 1), (verdict.Totals.Slices, verdict.Pending.Releases));
    }

    [Fact]
    public async Task A_slice_that_is_not_posted_yet_is_pending()
    {
        var world = Pulling();
        world.Release(isPosted: false);
        var verdict = await AuditAsync(world);
        Assert.Empty(verdict.Violations);
        Assert.Equal(1, verdict.Pending.Posts);
    }

    [Fact]
    public async Task A_reservation_that_nothing_was_released_under_is_pending()
    {
        var world = Pulling();
        var twin = Pulling();
        twin.Release();
        world.Append(Given.Pact, twin.Deals[Given.Pact].Ledger.Find(twin.Lineage().Slice(1, 2)!.Released.ReservationId)!.Reserved);
        var verdict = await AuditAsync(world);
        Assert.Empty(verdict.Violations);
        Assert.Equal(1, verdict.Pending.Reservations);
    }

    [Fact]
    public async Task A_deals_log_that_shrank_between_its_readings_is_found()
    {
        var world = Pulling();
        world.Logs.BeforeReading = reading =>
        {
            if (reading == 3) world.Logs.Truncate(World.DealLog(Given.Pact), 1);
        };
        Assert.Contains((await AuditAsync(world)).Violations, violation => violation.Promise == Promise.Chain && violation.Sentence.Contains("when it was read first", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_deals_log_that_was_rewritten_between_its_readings_is_found()
    {
        var world = Pulling();
        world.Logs.BeforeReading = reading =>
        {
            if (reading != 3) return;
            world.Logs.Truncate(World.DealLog(Given.Pact), 1);
            world.Write(Given.Pact, new Domain.Deals.Posted("1/0/1/1@1", new Domain.Deals.Amounts(1, 1, 0, 1_000)));
        };
        Assert.Contains((await AuditAsync(world)).Violations, violation => violation.Promise == Promise.Chain && violation.Sentence.Contains("was rewritten between its two readings", StringComparison.Ordinal));
    }

    private static World Pulling()
    {
        var world = World.Begin();
        world.OpenRound();
        world.Release();
        return world;
    }
}
