using Broker.Auditor;
using Broker.Domain.Deals;
using Broker.Domain.Partitions;

namespace Broker.EndToEnd.Audit;

/// <summary>A test of the auditor tells one story twice: honestly, and the auditor must be silent; forged, and it must speak.</summary>
public abstract class AuditTest
{
    private protected static async Task<AuditVerdict> AuditAsync(World world, bool withRows = true) =>
        await new LogAuditor(world.Logs, withRows ? world.Logs : null).RunAsync();

    /// <summary>Tells the story honestly, then with the crime, and finds the crime only in the second.</summary>
    /// <param name="promise">The promise that is broken.</param>
    /// <param name="sentence">What the violation says, in part.</param>
    /// <param name="story">What happens, from <see cref="World.Begin"/> on.</param>
    /// <param name="crime">What is done besides, at the end.</param>
    /// <param name="partition">Changes, or with null leaves out, events of the partition as the story writes them.</param>
    /// <param name="deal">The same for events of deals.</param>
    /// <param name="withRows">Whether the auditor has the segments' rows.</param>
    /// <param name="fromTheStart">Whether the forger is there from the first entry on.</param>
    private protected static async Task<AuditVerdict> FindsAsync(
        Promise promise,
        string sentence,
        Action<World>? story = null,
        Action<World>? crime = null,
        Func<PartitionEvent, PartitionEvent?>? partition = null,
        Func<DealEvent, DealEvent?>? deal = null,
        bool withRows = true,
        bool fromTheStart = false)
    {
        var honest = World.Begin();
        story?.Invoke(honest);
        Assert.Empty((await AuditAsync(honest, withRows)).Violations);

        void Forge(World world) => (world.ForgePartition, world.ForgeDeal) = (partition ?? (fact => fact), deal ?? (fact => fact));
        var forged = World.Begin(fromTheStart ? Forge : null);
        Forge(forged);
        story?.Invoke(forged);
        crime?.Invoke(forged);
        var verdict = await AuditAsync(forged, withRows);
        Assert.False(verdict.Ok);
        Assert.Contains(verdict.Violations, violation => violation.Promise == promise && violation.Sentence.Contains(sentence, StringComparison.Ordinal));
        return verdict;
    }

    /// <summary>Changes the nth event of a kind (from 1), and lets all others pass.</summary>
    private protected static Func<PartitionEvent, PartitionEvent?> Nth<T>(int n, Func<T, PartitionEvent?> change)
        where T : PartitionEvent
    {
        var seen = 0;
        return fact => fact is T one && ++seen == n ? change(one) : fact;
    }

    /// <inheritdoc cref="Nth{T}(int, Func{T, PartitionEvent?})"/>
    private protected static Func<DealEvent, DealEvent?> NthOfDeal<T>(int n, Func<T, DealEvent?> change)
        where T : DealEvent
    {
        var seen = 0;
        return fact => fact is T one && ++seen == n ? change(one) : fact;
    }
}
