using Broker.Grains.Imports;
using Broker.Storage.Objects;
using Broker.Storage.Segments;

namespace Broker.Storage.Imports;

/// <summary>Objects that a crash left between writing a segment and committing it: no log names them, and they are old.</summary>
/// <remarks>
/// What an import or a merge that is alive, in this process or another, has written and not yet committed must not be taken for that. So:
/// (1) a name is written once, by one import or merge (<see cref="SegmentPlace.Writer"/>), so what was left behind is never named later;
/// (2) they commit a segment within half of <see cref="ImportOptions.OrphanHours"/> of beginning to write it, or write it anew
/// (<see cref="ImportRun"/>, <see cref="Merges.SegmentMerger"/>); (3) only what is older than the whole of it, and stands in no manifest that was read <i>after</i> the time from
/// which that is reckoned, is deleted. What remains is that the store's clock and this machine's must agree to within the other half.
/// </remarks>
internal static class OrphanSegments
{
    /// <summary>Deletes them in the import's dataset.</summary>
    /// <param name="objects">Where segments lie.</param>
    /// <param name="import">The import.</param>
    /// <param name="held">What the logs name.</param>
    /// <param name="before">What was put since then may belong to an import that is under way elsewhere.</param>
    /// <param name="cancellationToken">Stops.</param>
    /// <exception cref="ObjectStoreException">The store does not answer.</exception>
    public static async Task DeleteAsync(IObjectStore objects, RecordImport import, HeldRecords held, DateTimeOffset before, CancellationToken cancellationToken)
    {
        var named = held.Manifests.SelectMany(manifest => manifest.Segments.Select(segment => segment.Segment.Id).Concat(manifest.Retired)).ToHashSet(StringComparer.Ordinal);
        await DeleteAsync(objects, SegmentKeys.FolderOf(import.Platform, import.Dataset), named, before, cancellationToken);
    }

    /// <summary>Deletes them among the objects whose keys begin with a prefix.</summary>
    /// <param name="objects">Where segments lie.</param>
    /// <param name="prefix">The prefix.</param>
    /// <param name="named">The ids of segments that the logs of all partitions name whose segments begin so.</param>
    /// <param name="before">What was put since then may belong to somebody who is alive.</param>
    /// <param name="cancellationToken">Stops.</param>
    /// <returns>How many objects were deleted.</returns>
    /// <exception cref="ObjectStoreException">The store does not answer.</exception>
    public static async Task<int> DeleteAsync(IObjectStore objects, string prefix, IReadOnlySet<string> named, DateTimeOffset before, CancellationToken cancellationToken)
    {
        var deleted = 0;
        await foreach (var found in objects.ListAsync(prefix, cancellationToken))
        {
            if (found.PutAt >= before || named.Contains(Path.GetFileNameWithoutExtension(found.Key.Name))) continue;
            await objects.DeleteAsync(found.Key, cancellationToken);
            deleted++;
        }

        return deleted;
    }
}
