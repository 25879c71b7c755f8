using System.Collections.Immutable;
using System.Diagnostics;
using Broker.Benchmarks.Comparisons;
using Broker.Domain.Lineage;

namespace Broker.Benchmarks.States;

/// <summary>What a partition's state takes in memory, and how fast it says who got somebody's data.</summary>
internal static class StateComparisons
{
    private const int Users = 1 << 20;
    private const int SealedIdBytes = 44; // a short id of a platform, its nonce and its tag
    private const int Deals = 1_000;
    private const int Slices = 64;
    private const int LineageUsers = 100_000;
    private const int Questions = 500;

    /// <summary>Each of them.</summary>
    public static IEnumerable<Comparison> All()
    {
        var none = ImmutableArray<byte>.Empty;
        yield return new(
            "memory for a user in a partition: consent and notice, default state", "1,048,576 users; heap after GC, without the identifiers", "B", Reach.AtMost(24), _ => Task.FromResult(BytesOfUser(_ => none, static _ => { })), null);
        yield return new(
            "the same where each user's jurisdiction became known after the user", "a history of its own for each", "B", null, _ => Task.FromResult(BytesOfUser(_ => none, static partition => partition.Move())), null);
        yield return new(
            "the default state with the identifiers, sealed as they stand in the log", "44 bytes each; what the platform calls them is held besides", "B", null,
            _ => Task.FromResult(BytesOfUser(_ => ImmutableArray.Create(new byte[SealedIdBytes]), static _ => { })), null);
        var partition = new Lazy<GrownPartition>(Lineage);
        yield return new(
            "“who got my data”, in-process, p99", "1,000 deals × 64 slices over the user's partition of 100,000 users who decided; what is recalled is looked up with each delivery", "ms", Reach.AtMost(5), _ => Task.FromResult(Percentile99(partition.Value)), null);
    }

    private static double BytesOfUser(Func<int, ImmutableArray<byte>> sealedIdOf, Action<GrownPartition> change)
    {
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var partition = GrownPartition.OfUsers(Users, sealedIdOf);
        change(partition);
        var after = GC.GetTotalMemory(forceFullCollection: true);
        GC.KeepAlive(partition);
        return (double)(after - before) / Users;
    }

    private static GrownPartition Lineage()
    {
        var partition = GrownPartition.OfUsers(LineageUsers, static _ => []);
        partition.AddRecords();
        partition.Grant();
        for (var deal = 0; deal < Deals; deal++) partition.Pull(string.Create(System.Globalization.CultureInfo.InvariantCulture, $"deal-{deal}"), Slices);
        return partition;
    }

    private static double Percentile99(GrownPartition partition)
    {
        var spans = new Samples();
        for (var question = 0; question < Questions; question++)
        {
            var user = (int)((long)question * 7_919 % LineageUsers);
            var began = Stopwatch.GetTimestamp();
            var deliveries = 0;
            foreach (var delivery in LineageRules.DeliveriesOf(partition.State, user)) deliveries += LineageRules.RecallsOf(partition.State, delivery.Deal, delivery).Any() ? 0 : 1;
            spans.Add(Stopwatch.GetElapsedTime(began).TotalMilliseconds);
            if (deliveries != Deals) throw new BooksException($"User {user} was delivered to {deliveries} deals of {Deals}.");
        }

        return spans.Percentile99;
    }
}
