using System.Collections.Concurrent;
using Broker.Domain;
using Broker.Gateway.Consents;
using CsCheck;
using ConsentRow = Broker.Grains.Partitions.ConsentRow;

namespace Broker.Gateway.Tests.Consents;

public sealed class ConsentIntakeTests
{
    [Fact]
    public async Task Each_partition_gets_its_rows_once_in_the_file_s_order_and_every_outcome_is_told() => await Gen.Select(Gen.Int[0, 3], Gen.Int[1, 700]).Array[1, 12].SampleAsync(
        async batches =>
        {
            var (taken, told, active) = (new ConcurrentDictionary<int, List<string>>(), new SortedDictionary<long, bool>(), new ConcurrentDictionary<int, int>());
            var intake = new ConsentIntake(
                async (partition, rows) =>
                {
                    Assert.Equal(1, active.AddOrUpdate(partition, 1, static (_, calls) => calls + 1)); // one call of a partition at a time
                    Assert.InRange(rows.Count, 1, ConsentIntake.CallMax);
                    await Task.Yield();
                    taken.GetOrAdd(partition, _ => []).AddRange(rows.Select(row => row.UserId));
                    active[partition] = 0;
                    return [.. rows.Select(row => row.UserId.EndsWith('7') ? new Refusal(RefusalReason.UserErased, "gone") : null)];
                },
                (number, refusal) => told.Add(number, refusal is null));
            var number = 0L;
            foreach (var (shift, count) in batches)
                await intake.AddAsync([.. Enumerable.Range(0, count).Select(row => (Partition: (row + shift) % 4, ++number, Row($"{number}")))]);
            await intake.CompleteAsync();

            Assert.Equal(number, told.Count);
            Assert.All(told, row => Assert.Equal(row.Key % 10 != 7, row.Value));
            Assert.All(taken.Values, rows => Assert.Equal(rows.Select(long.Parse).Order(), rows.Select(long.Parse)));
            Assert.Equal(number, taken.Values.Sum(rows => rows.Count));
        },
        iter: 50);

    [Fact]
    public async Task While_partitions_write_no_more_is_read_than_there_is_room_for_and_what_gathers_goes_together()
    {
        var (gate, calls) = (new TaskCompletionSource(), new ConcurrentQueue<int>());
        var intake = new ConsentIntake(
            async (_, rows) =>
            {
                calls.Enqueue(rows.Count);
                await gate.Task;
                return new Refusal?[rows.Count];
            },
            static (_, _) => { });
        var added = 0;
        Task adding;
        for (adding = Task.CompletedTask; adding.IsCompleted; added++) adding = intake.AddAsync([.. Enumerable.Range(0, 500).Select(row => (0, (long)row, Row("u")))]);
        Assert.InRange(500 * added, ConsentIntake.WaitingMax, ConsentIntake.WaitingMax + 1_000);

        gate.SetResult();
        await adding;
        await intake.CompleteAsync();
        Assert.Equal(500 * added, calls.Sum());
        Assert.Contains(ConsentIntake.CallMax, calls);
    }

    [Fact]
    public async Task A_call_that_fails_ends_the_import_also_while_it_waits_for_room()
    {
        var gate = new TaskCompletionSource();
        var intake = new ConsentIntake(
            async (partition, rows) =>
            {
                await gate.Task;
                return partition == 1 ? throw new TimeoutException("no answer") : new Refusal?[rows.Count];
            },
            static (_, _) => { });
        await intake.AddAsync([(1, 1, Row("u"))]);
        var waiting = intake.AddAsync([.. Enumerable.Range(0, ConsentIntake.WaitingMax).Select(row => (0, (long)row, Row("u")))]);
        Assert.False(waiting.IsCompleted);
        gate.SetResult();
        await Assert.ThrowsAsync<TimeoutException>(async () =>
        {
            await waiting;
            await intake.CompleteAsync();
        });
    }

    private static ConsentRow Row(string user) => new(user, null, "DE", null);
}
