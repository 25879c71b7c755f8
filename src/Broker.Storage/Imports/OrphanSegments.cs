using Broker.Grains.Imports;
using Broker.Storage.Segments;

namespace Broker.Storage.Imports;

/// <summary>Files that a crash left between writing a segment and committing it: no log names them, and they are old.</summary>
internal static class OrphanSegments
{
    /// <summary>Deletes them in the import's dataset.</summary>
    /// <param name="root">The segments' directory.</param>
    /// <param name="import">The import.</param>
    /// <param name="held">What the logs name.</param>
    /// <param name="before">Files written since then may belong to an import that is under way elsewhere.</param>
    public static void Delete(string root, RecordImport import, HeldRecords held, DateTimeOffset before)
    {
        var directory = new DirectoryInfo(SegmentPaths.DirectoryOf(root, import.Platform, import.Dataset));
        if (!directory.Exists) return;
        var named = held.Manifests.SelectMany(manifest => manifest.Segments).Select(segment => segment.Segment.Id).ToHashSet(StringComparer.Ordinal);
        foreach (var file in directory.EnumerateFiles())
            if (file.LastWriteTimeUtc < before && !named.Contains(Path.GetFileNameWithoutExtension(file.Name)))
                file.Delete();
    }
}
