using BenchmarkDotNet.Attributes;
using Broker.Benchmarks.States;
using Broker.Domain.Consents;
using Broker.Domain.Deals;
using Broker.Domain.Partitions;
using Broker.Domain.Releases;
using Broker.Grains.Logs;
using Broker.Grains.Partitions;

namespace Broker.Benchmarks.Parts;

/// <summary>An event of a partition made the next entry of its log, ready for the database: encoded, put in its envelope, chained.</summary>
[MemoryDiagnoser, BenchmarkCategory(nameof(LogEntryPart))]
public class LogEntryPart
{
    private static readonly PartitionLogCodec Codec = new();
    private static readonly DateTimeOffset Now = GrownPartition.Start.AddDays(40);

    private readonly ConsentChanged _withdrawn = GrownPartition.DecisionOf(DecidedPosts.Users / 2, ConsentChoice.Withdraw);
    private PartitionEvent? _released;

    /// <summary>Decides a release.</summary>
    [GlobalSetup]
    public void Release()
    {
        using var posts = new DecidedPosts();
        var (state, deal) = (posts.State, posts.Deal);
        var reservation = new HeldReservation(new ReservationId(1, 0, 1, 1, 1).ToString(), 1, Amounts.Largest, Now.AddDays(1));
        _released = ReleaseRules.Release(state, deal, deal.OpenRound!, posts.Select(), reservation, Now, out _).Events.Single();
        if (_released is not Released { Slice.Exclusions.Length: > 100 }) throw new BooksException("The release leaves nobody out.");
        foreach (var entry in (LogEntry[])[Withdrawal(), ReleasedSlice()])
            if (Codec.Decode(LogEnvelopes.Decode(new LogName("platforms/acme/partitions/0"), entry).Event.Memory) is not (ConsentChanged or Released))
                throw new BooksException("An entry does not say what was encoded.");
    }

    /// <summary>A withdrawal.</summary>
    [Benchmark]
    public LogEntry Withdrawal() => Next(_withdrawn);

    /// <summary>The release of a slice of 16,384 records, in which one user of ten is left out.</summary>
    [Benchmark]
    public LogEntry ReleasedSlice() => Next(_released!);

    private static LogEntry Next(PartitionEvent fact) => LogChain.Next(LogChain.Origin.Span, 1, 1, Now, LogEnvelopes.Encode(Codec.Encode(fact), null, 1));
}
