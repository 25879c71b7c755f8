using Broker.Auditor;
using Broker.Domain.Partitions;

namespace Broker.EndToEnd.Audit;

public sealed class ChainAuditTests : AuditTest
{
    [Theory]
    [InlineData(World.PartitionLog)]
    [InlineData("platforms/acme/deals/pact")]
    public Task A_payload_that_was_changed_is_found(string log) =>
        FindsAsync(Promise.Chain, "hash is not the hash of its content", Pulled, world => world.Logs.Tamper = Change(log, 3, entry => entry with { Payload = Flip(entry.Payload) }));

    [Theory]
    [InlineData(World.PartitionLog)]
    [InlineData("platforms/acme/deals/pact")]
    public Task A_date_that_was_changed_is_found(string log) =>
        FindsAsync(Promise.Chain, "hash is not the hash of its content", Pulled, world => world.Logs.Tamper = Change(log, 3, entry => entry with { DecidedAtMicros = entry.DecidedAtMicros - 1 }));

    [Fact]
    public Task A_fence_that_was_changed_is_found() =>
        FindsAsync(Promise.Chain, "hash is not the hash of its content", Pulled, world => world.Logs.Tamper = Change(World.PartitionLog, 3, entry => entry with { Fence = 9 }));

    [Theory]
    [InlineData(1)]
    [InlineData(5)]
    public async Task An_entry_that_was_taken_out_is_found_at_its_place(int position)
    {
        var verdict = await FindsAsync(Promise.Chain, "an entry is missing", Pulled, world => world.Logs.Tamper = Change(World.PartitionLog, position, _ => null));
        Assert.Equal(position + 1, verdict.Violations.First(violation => violation.Promise == Promise.Chain).Position);
    }

    [Fact]
    public Task An_entry_of_another_place_is_found() =>
        FindsAsync(Promise.Chain, "or stands twice", Pulled, world => world.Logs.Tamper = Change(World.PartitionLog, 5, entry => entry with { Position = 4 }));

    [Fact]
    public Task Last_entries_that_were_cut_off_are_found_where_the_store_says_how_many_there_were() =>
        FindsAsync(Promise.Chain, "the last ones are missing", Pulled, world =>
        {
            var length = world.Logs.LengthOf(World.PartitionLog);
            world.Logs.Claimed = log => log == World.PartitionLog ? length : null;
            world.Logs.Truncate(World.PartitionLog, 1);
        });

    [Fact]
    public Task Last_entries_of_a_deal_that_were_cut_off_are_found_where_the_store_says_how_many_there_were() =>
        FindsAsync(Promise.Chain, "the last ones are missing", Pulled, world =>
        {
            var length = world.Logs.LengthOf(World.DealLog(Given.Pact));
            world.Logs.Claimed = log => log == World.DealLog(Given.Pact) ? length : null;
            world.Logs.Truncate(World.DealLog(Given.Pact), 1);
        });

    [Fact]
    public Task A_clock_that_ran_backwards_is_found() =>
        FindsAsync(Promise.Chain, "clock ran backwards", crime: world =>
        {
            world.Now -= TimeSpan.FromHours(1);
            world.Append(new UserAdded(World.Users, [9], ""));
        });

    [Fact]
    public Task An_entry_of_a_stale_writer_is_found() =>
        FindsAsync(Promise.Chain, "a stale writer wrote", world => world.Logs.Fence = 2, world =>
        {
            world.Append(new UserAdded(World.Users, [8], ""));
            world.Logs.Fence = 1;
            world.Append(new UserAdded(World.Users + 1, [9], ""));
        });

    [Fact]
    public Task An_entry_that_is_no_envelope_is_found() =>
        FindsAsync(Promise.Chain, "cannot be read", crime: world => world.Logs.AppendPayload(World.PartitionLog, world.Now, [0xFF, 0xFF, 0xFF]));

    private static void Pulled(World world) => world.Pull();

    private static Func<string, AuditEntry, AuditEntry?> Change(string log, long position, Func<AuditEntry, AuditEntry?> change) =>
        (name, entry) => name == log && entry.Position == position ? change(entry) : entry;

    private static byte[] Flip(ReadOnlyMemory<byte> payload)
    {
        var bytes = payload.ToArray();
        bytes[^1] ^= 1;
        return bytes;
    }
}
