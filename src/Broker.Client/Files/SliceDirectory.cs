using System.Text.Json;
using Broker.Client.Pulls;
using Broker.Client.Recalls;

namespace Broker.Client.Files;

/// <summary>A deal's slices as files: one file a slice, readable as it lies (<c>*.ndjson</c> or <c>*.arrow</c>).</summary>
/// <remarks>
/// <para>Layout: <c>p0003-r00001-s000042.ndjson</c> holds slice 42 of round 1 of partition 3. Beside the files lies <c>.broker/</c>:
/// <c>directory.json</c> (deal, format), <c>slices.journal</c> (which slices were ever kept), <c>recalls.json</c> (up to where recalls
/// were dealt with), <c>lost/</c> (files of slices that the broker does not know any more), <c>lock</c>, and <c>*.partial</c> while something is written.</para>
/// <para>A file gets its name only when it is whole and flushed; so a kill at any byte leaves it whole or absent. Files may be read at
/// any time, and moved away: a moved slice does not come again, but a recall cannot reach it.</para>
/// <para>A slice whose records were all recalled stays behind as a file without records.</para>
/// </remarks>
public sealed class SliceDirectory : ISliceSink, IRecalledCopies, IDisposable
{
    private readonly DirectoryPaths _paths;
    private readonly ISliceFiles _files;
    private readonly FileStream _lock;
    private readonly SliceJournal _journal;
    private readonly Dictionary<SliceId, string> _held = [];
    private SortedDictionary<int, int> _cursors;

    private SliceDirectory(DirectoryPaths paths, DirectoryManifest manifest, FileStream held)
    {
        (_paths, _lock, Deal, Format) = (paths, held, manifest.Deal, manifest.FileFormat);
        _files = manifest.FileFormat == SliceFileFormat.Arrow ? new ArrowSlices() : new NdjsonSlices();
        (_journal, var lines) = SliceJournal.Open(paths.Journal);
        foreach (var (slice, release) in lines)
            if (release == SliceJournal.SetAside) _held.Remove(slice);
            else _held[slice] = release;
        _cursors = ReadCursors(paths.Recalls);
        Recover();
    }

    /// <summary>Format: <c>platforms/{platform}/deals/{deal}</c>.</summary>
    public string Deal { get; }

    /// <summary>What its files are.</summary>
    public SliceFileFormat Format { get; }

    /// <inheritdoc/>
    public IReadOnlyCollection<SliceId> Held => _held.Keys;

    /// <summary>Where files of slices lie that the broker does not know any more; there is none before the first.</summary>
    public string LostDirectory => _paths.Lost;

    /// <inheritdoc/>
    public IReadOnlyDictionary<int, int> RecallCursors => _cursors;

    /// <summary>Opens a directory for a deal; makes it where there is none.</summary>
    /// <exception cref="SliceDirectoryException">It is another deal's or of another format, another process uses it, or it is damaged.</exception>
    /// <exception cref="IOException">It cannot be made or written.</exception>
    public static SliceDirectory Open(string path, string deal, SliceFileFormat format)
    {
        var paths = new DirectoryPaths(path);
        Directory.CreateDirectory(paths.Bookkeeping);
        return WithLock(paths, held =>
        {
            var wanted = DirectoryManifest.Of(deal, format);
            var found = DirectoryManifest.Read(paths.Manifest) ?? Begin(paths, wanted);
            if (found.Deal != wanted.Deal) throw new SliceDirectoryException($"{path} holds {found.Deal}. Choose another directory for {deal}.");
            if (found.Format != wanted.Format) throw new SliceDirectoryException($"{path} holds {found.Format} files. Choose another directory for {wanted.Format}, or go on with {found.Format}.");
            return new SliceDirectory(paths, found, held);
        });
    }

    /// <summary>Opens a directory that a pull has made.</summary>
    /// <exception cref="SliceDirectoryException">There is none, another process uses it, or it is damaged.</exception>
    public static SliceDirectory OpenExisting(string path)
    {
        var paths = new DirectoryPaths(path);
        if (!File.Exists(paths.Manifest)) throw new SliceDirectoryException($"{path} holds nothing that was pulled: it has no {DirectoryPaths.BookkeepingName}/directory.json.");
        return WithLock(paths, held => new SliceDirectory(paths, DirectoryManifest.Read(paths.Manifest)!, held));
    }

    /// <inheritdoc/>
    public bool Holds(SliceId slice) => _held.ContainsKey(slice);

    /// <inheritdoc/>
    public string ReleaseOf(SliceId slice) => _held.GetValueOrDefault(slice, "");

    /// <inheritdoc/>
    /// <remarks>Their files go to <see cref="LostDirectory"/>. Their partitions' recalls are read from the beginning again: recalls' numbers come again too.</remarks>
    public Task SetAsideAsync(IReadOnlyCollection<SliceId> slices, CancellationToken cancellationToken) => Task.Run(() => SetAside(slices), cancellationToken);

    /// <inheritdoc/>
    public Task KeepAsync(ReceivedSlice slice, CancellationToken cancellationToken) => Task.Run(() => Keep(slice), cancellationToken);

    /// <inheritdoc/>
    public Task<RecallDeletion> DeleteAsync(IReadOnlyCollection<RecalledCopy> copies, CancellationToken cancellationToken) =>
        Task.Run(() => Delete(copies, cancellationToken), cancellationToken);

    /// <inheritdoc/>
    public Task SaveRecallCursorsAsync(IReadOnlyDictionary<int, int> cursors, CancellationToken cancellationToken)
    {
        SaveRecallCursors(cursors);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _journal.Dispose();
        _lock.Dispose();
    }

    private void SaveRecallCursors(IReadOnlyDictionary<int, int> cursors)
    {
        var saved = new SortedDictionary<int, int>(cursors.ToDictionary());
        DurableFile.Write(_paths.Recalls, _paths.PartialOf("recalls"), file => JsonSerializer.Serialize(file, saved, FilesJson.Default.SortedDictionaryInt32Int32));
        _cursors = saved;
    }

    // The file first, then the journal: a slice whose file stands without its line is found at the next opening.
    private void Keep(ReceivedSlice slice)
    {
        if (Holds(slice.Id)) return;
        var name = SliceNames.Of(slice.Id, _files.Extension);
        DurableFile.Write(_paths.FileOf(name), _paths.PartialOf(name), file => _files.Write(file, Deal, slice));
        _journal.Append(slice.Id, slice.Release);
        _held.Add(slice.Id, slice.Release);
    }

    // The files first, then the journal: a slice that stands there still is set aside again.
    private void SetAside(IReadOnlyCollection<SliceId> slices)
    {
        Directory.CreateDirectory(_paths.Lost);
        foreach (var slice in slices.Where(Holds)) MoveToLost(slice);
        DurableFile.SyncDirectory(_paths.Bookkeeping);
        DurableFile.SyncDirectory(_paths.Lost);
        DurableFile.SyncDirectory(_paths.Root);
        SaveRecallCursors(_cursors.ExceptBy(slices.Select(slice => slice.Partition), cursor => cursor.Key).ToDictionary());
        foreach (var slice in slices.Where(Holds))
        {
            _journal.Append(slice, SliceJournal.SetAside);
            _held.Remove(slice);
        }
    }

    private void MoveToLost(SliceId slice)
    {
        var file = _paths.FileOf(SliceNames.Of(slice, _files.Extension));
        if (!File.Exists(file)) return; // moved away, or set aside just before a crash
        var release = ReleaseOf(slice) is { Length: > 0 } known ? known : "unknown";
        var name = $"{Path.GetFileNameWithoutExtension(file)}-{release}";
        var free = Enumerable.Range(0, int.MaxValue)
            .Select(again => Path.Combine(_paths.Lost, again == 0 ? $"{name}{_files.Extension}" : $"{name}-{again}{_files.Extension}"))
            .First(path => !File.Exists(path));
        File.Move(file, free);
    }

    private RecallDeletion Delete(IReadOnlyCollection<RecalledCopy> copies, CancellationToken cancellationToken)
    {
        var deleted = new HashSet<RecalledCopy>();
        var notHere = new HashSet<SliceId>();
        foreach (var slice in copies.GroupBy(copy => copy.Slice))
        {
            cancellationToken.ThrowIfCancellationRequested();
            var name = SliceNames.Of(slice.Key, _files.Extension);
            if (!File.Exists(_paths.FileOf(name))) notHere.Add(slice.Key);
            else deleted.UnionWith(Delete(name, [.. slice.Select(copy => new RecordKey(copy.Dataset, copy.RecordId))]).Select(key => new RecalledCopy(slice.Key, key.Dataset, key.Id)));
        }

        return new(deleted, notHere);
    }

    private IReadOnlySet<RecordKey> Delete(string name, HashSet<RecordKey> recalled)
    {
        IReadOnlySet<RecordKey> found = new HashSet<RecordKey>();
        try
        {
            DurableFile.Write(_paths.FileOf(name), _paths.PartialOf(name), to =>
            {
                using var from = File.OpenRead(_paths.FileOf(name));
                found = _files.CopyWithout(from, to, recalled);
            });
        }
        catch (InvalidDataException error)
        {
            throw new SliceDirectoryException($"{_paths.FileOf(name)}: {error.Message} Nothing was deleted from it.", error);
        }

        return found;
    }

    private void Recover()
    {
        foreach (var partial in Directory.EnumerateFiles(_paths.Bookkeeping, "*" + DirectoryPaths.PartialExtension)) File.Delete(partial);
        foreach (var file in Directory.EnumerateFiles(_paths.Root, "*" + _files.Extension))
        {
            if (SliceNames.Parse(Path.GetFileName(file), _files.Extension) is not { } slice || !_held.TryAdd(slice, "")) continue;
            DurableFile.SyncDirectory(_paths.Root); // its name may not be durable yet, and is about to count as kept
            _journal.Append(slice, ""); // of which release went with the line
        }
    }

    private static DirectoryManifest Begin(DirectoryPaths paths, DirectoryManifest manifest)
    {
        var stranger = Directory.EnumerateFiles(paths.Root).FirstOrDefault(file => SliceNames.Parse(Path.GetFileName(file), Path.GetExtension(file)) is not null);
        if (stranger is not null || File.Exists(paths.Journal))
            throw new SliceDirectoryException($"{paths.Root} holds slices, and nothing says of which deal. Choose another directory, or restore {DirectoryPaths.BookkeepingName}/directory.json.");
        DurableFile.Write(paths.Manifest, paths.PartialOf("directory"), file => file.Write(manifest.ToBytes()));
        DurableFile.SyncDirectory(paths.Root);
        return manifest;
    }

    private static SliceDirectory WithLock(DirectoryPaths paths, Func<FileStream, SliceDirectory> open)
    {
        var held = Lock(paths);
        try
        {
            return open(held);
        }
        catch
        {
            held.Dispose();
            throw;
        }
    }

    private static FileStream Lock(DirectoryPaths paths)
    {
        try
        {
            return new FileStream(paths.Lock, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException error) when (File.Exists(paths.Lock))
        {
            throw new SliceDirectoryException($"Another process uses {paths.Root}. Wait until it has ended.", error);
        }
    }

    private static SortedDictionary<int, int> ReadCursors(string path)
    {
        if (!File.Exists(path)) return [];
        try
        {
            return JsonSerializer.Deserialize(File.ReadAllBytes(path), FilesJson.Default.SortedDictionaryInt32Int32) ?? [];
        }
        catch (JsonException error)
        {
            throw new SliceDirectoryException($"{path} is damaged: {error.Message} Delete it to read all recalls again.", error);
        }
    }
}
