using Broker.Benchmarks.Pulls;
using Broker.Benchmarks.States;
using Broker.Domain.Deals;
using Broker.Domain.Lineage;
using Broker.Domain.Partitions;
using Broker.Domain.Releases;

namespace Broker.Benchmarks.Parts;

/// <summary>A partition over a segment of posts: all of its users have granted, one in ten has withdrawn, and a deal's first round is open.</summary>
internal sealed class DecidedPosts : IDisposable
{
    /// <summary>Users.</summary>
    public const int Users = 2_400;

    private const int RowsOfUser = 8; // 19,200, of which 17,280 may leave: more than a slice
    private const int WithdrawnOneIn = 10;

    private readonly PostSegment _posts = new(Users, RowsOfUser);

    /// <summary>Folds it.</summary>
    public DecidedPosts()
    {
        var partition = GrownPartition.OfUsers(Users, static _ => []);
        partition.Grant();
        partition.Withdraw(WithdrawnOneIn);
        partition.Add(_posts.Content, _posts.Info);
        (State, Deal) = (partition.State, partition.Open("pact"));
    }

    /// <summary>The partition.</summary>
    public PartitionState State { get; }

    /// <summary>The deal.</summary>
    public DealLineage Deal { get; }

    /// <summary>Selects the round's first slice.</summary>
    public SliceSelection Select() => SliceSelector.Select(State, Deal, Deal.OpenRound!, PullCursor.Start, PullCursor.End, Amounts.Largest with { Records = ReleasedRecords.SliceRecords });

    /// <inheritdoc/>
    public void Dispose() => _posts.Dispose();
}
