using Broker.Domain.Releases;

namespace Broker.Domain.Lineage;

/// <summary>What rounds with a filter have offered: of what the filter admits, everything that became available up to a position.</summary>
/// <param name="Filter">The filter.</param>
/// <param name="UpTo">The bound of the newest round that had it, or one that it holds.</param>
public sealed record PullCover(PullFilter Filter, long UpTo);
