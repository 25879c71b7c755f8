using Broker.Grains.Keys;
using Broker.Grains.Merges;
using Broker.Grains.Segments;
using Broker.Grains.Tokens;

namespace Broker.Grains.Partitions;

/// <summary>What partitions need of their node beside the log.</summary>
public interface IPartitionServices
{
    /// <summary>The users' keys.</summary>
    IUserKeyStore Keys { get; }

    /// <summary>Randomness.</summary>
    IEntropy Entropy { get; }

    /// <summary>Segments.</summary>
    ISegmentStore Segments { get; }

    /// <summary>What merges segments; null where none are.</summary>
    ISegmentMerger? Merger { get; }

    /// <summary>When segments are merged.</summary>
    MergeOptions Merges { get; }

    /// <summary>What counts tokens; null where nothing does.</summary>
    ITokenCounter? Tokens { get; }

    /// <summary>When tokens are counted.</summary>
    TokenOptions Counting { get; }

    /// <summary>How often what is due is made an entry: 1 s by default; never how exact a promise is.</summary>
    TimeSpan SweepPeriod { get; }
}

/// <summary>The services of a node.</summary>
public sealed record PartitionServices(IUserKeyStore Keys, IEntropy Entropy, ISegmentStore Segments) : IPartitionServices
{
    /// <inheritdoc/>
    public ISegmentMerger? Merger { get; init; }

    /// <inheritdoc/>
    public MergeOptions Merges { get; init; } = new();

    /// <inheritdoc/>
    public ITokenCounter? Tokens { get; init; }

    /// <inheritdoc/>
    public TokenOptions Counting { get; init; } = new();

    /// <inheritdoc/>
    public TimeSpan SweepPeriod { get; init; } = TimeSpan.FromSeconds(1);
}
