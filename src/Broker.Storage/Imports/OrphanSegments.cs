using Broker.Grains.Imports;
using Broker.Storage.Objects;
using Broker.Storage.Segments;

namespace Broker.Storage.Imports;

/// <summary>Objects that a crash left between writing a segment and committing it: no log names them, and they are old.</summary>
/// <remarks>
/// What an import that is alive, in this process or another, has written and not yet committed must not be taken for that. So:
/// (1) a name is written once, by one import (<see cref="SegmentPlace.Writer"/>), so what was left behind is never named later;
/// (2) an import commits a segment within half of <see cref="ImportOptions.OrphanHours"/> of beginning to write it, or prepares it anew
/// (<see cref="ImportRun"/>); (3) only what is older than the whole of it, and stands in no manifest that was read <i>after</i> the time from
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
        var named = held.Manifests.SelectMany(manifest => manifest.Segments).Select(segment => segment.Segment.Id).ToHashSet(StringComparer.Ordinal);
        await foreach (var found in objects.ListAsync(SegmentKeys.FolderOf(import.Platform, import.Dataset), cancellationToken))
            if (found.PutAt < before && !named.Contains(Path.GetFileNameWithoutExtension(found.Key.Name)))
                await objects.DeleteAsync(found.Key, cancellationToken);
    }
}
