using Broker.Domain.Merges;
using Broker.Domain.Partitions;
using Broker.Grains.Segments;

namespace Broker.Grains.Merges;

/// <summary>The port to merging segments. It decides nothing: what it makes counts once a partition's log names it.</summary>
public interface ISegmentMerger
{
    /// <summary>Writes and publishes the outputs of a merge, at most as fast as the node's bound allows. The inputs stay as they are.</summary>
    /// <param name="platform">The platform's id.</param>
    /// <param name="partition">The partition's index.</param>
    /// <param name="plan">What to merge.</param>
    /// <param name="cancellationToken">Gives the merge up; what it published is an orphan.</param>
    /// <returns>What it made: at most one segment of records, with the counts of tokens that the plan names, and one of remnants.</returns>
    /// <exception cref="SegmentCorruptException">An input is missing, or is not what the log says.</exception>
    /// <exception cref="SegmentUnavailableException">The object store does not answer, or a disk is full.</exception>
    Task<IReadOnlyList<MergedSegment>> MergeAsync(string platform, int partition, MergePlan plan, CancellationToken cancellationToken);

    /// <summary>Deletes the files of a segment that was merged away, counts of its tokens among them; that they are gone already is no error.</summary>
    /// <exception cref="SegmentUnavailableException">The object store does not answer.</exception>
    Task DeleteAsync(string platform, RetiredSegment segment, CancellationToken cancellationToken);

    /// <summary>Deletes what crashes left of a partition's dataset: old objects that its log does not name.</summary>
    /// <param name="platform">The platform's id.</param>
    /// <param name="partition">The partition's index.</param>
    /// <param name="dataset">The dataset's id.</param>
    /// <param name="named">The ids of every segment that the log names, retired ones included; read after this call began to be made.</param>
    /// <param name="cancellationToken">Stops.</param>
    /// <returns>How many objects were deleted.</returns>
    /// <exception cref="SegmentUnavailableException">The object store does not answer.</exception>
    Task<int> CollectAsync(string platform, int partition, string dataset, IReadOnlySet<string> named, CancellationToken cancellationToken);
}
