using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Broker.Storage.Files;

namespace Broker.Storage.Objects.Directory;

/// <summary>Objects as files: the key is the path below the root. Several processes, and machines, may share the directory.</summary>
/// <remarks>
/// An object is written under a temporary name beside its place, flushed, and renamed; then the directory is flushed. What a kill leaves
/// is a temporary file: its name begins with a dot, so it is no object, is never listed, and collides with nobody's.
/// <see cref="PutMode.IfAbsent"/> is a hard link, which one of any number of processes gets. A shared directory must rename atomically,
/// show one machine's names to the others at once, and flush for real: a local file system, or NFS 4 with <c>actimeo=0</c>; no object
/// store mounted as a file system.
/// </remarks>
/// <param name="root">The directory; made with the first object.</param>
/// <param name="time">The clock that says how old a file is; null: the machine's.</param>
public sealed class DirectoryObjectStore(string root, TimeProvider? time = null) : IObjectStore
{
    private const int BufferBytes = 1 << 16;

    private static readonly TimeSpan AbandonedAfter = TimeSpan.FromDays(1);

    private readonly string _root = Path.GetFullPath(root);
    private readonly TimeProvider _time = time ?? TimeProvider.System;
    private readonly ConcurrentDictionary<string, bool> _swept = new(StringComparer.Ordinal);

    /// <inheritdoc/>
    public string Description => $"the directory {_root}";

    /// <inheritdoc/>
    public Task<bool> PutAsync(ObjectKey key, Stream content, PutMode mode, CancellationToken cancellationToken) => TryAsync($"put {key} into", async () =>
    {
        if (mode == PutMode.IfAbsent && File.Exists(PathOf(key))) return false;
        return await PublishAsync(key, mode, temporary => CopyAsync(content, temporary, cancellationToken));
    }, cancellationToken);

    /// <inheritdoc/>
    public Task PutFileAsync(ObjectKey key, string path, CancellationToken cancellationToken) => TryAsync($"put {key} into", () => PublishAsync(key, PutMode.Replace, temporary =>
    {
        File.Move(path, temporary); // A rename where both lie on one file system, else a copy: its name is not the object's yet.
        DurableFiles.Flush(temporary);
        return Task.CompletedTask;
    }), cancellationToken);

    /// <inheritdoc/>
    public Task<byte[]?> GetRangeAsync(ObjectKey key, long offset, int count, CancellationToken cancellationToken) => TryAsync($"read {key} from", async () =>
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        await using var file = OpenOrNull(key);
        if (file is null) return null;
        var bytes = new byte[Math.Clamp(file.Length - offset, 0, count)];
        file.Position = offset;
        await file.ReadExactlyAsync(bytes, cancellationToken);
        return bytes;
    }, cancellationToken);

    /// <inheritdoc/>
    public Task<bool> DownloadAsync(ObjectKey key, Stream destination, CancellationToken cancellationToken) => TryAsync($"read {key} from", async () =>
    {
        await using var file = OpenOrNull(key);
        if (file is null) return false;
        await file.CopyToAsync(destination, BufferBytes, cancellationToken);
        return true;
    }, cancellationToken);

    /// <inheritdoc/>
    public string LocalPathOf(ObjectKey key) => PathOf(key);

    /// <inheritdoc/>
    public Task<ObjectInfo?> StatAsync(ObjectKey key, CancellationToken cancellationToken) =>
        TryAsync($"look for {key} in", () => Task.FromResult(InfoOf(key, new FileInfo(PathOf(key)))), cancellationToken);

    /// <inheritdoc/>
    public async IAsyncEnumerable<ObjectInfo> ListAsync(string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        // Only a folder can hold what begins with the prefix; the walk begins at the deepest that the prefix names.
        var folder = ObjectKey.Prefix(prefix)[..(prefix.LastIndexOf('/') + 1)];
        var open = new Stack<(string Key, bool IsFolder)>();
        open.Push((folder, true));
        while (open.TryPop(out var next))
        {
            var found = await TryAsync($"list {prefix} in", () => Task.FromResult(next.IsFolder ? Push(open, next.Key, prefix) : InfoOf(new ObjectKey(next.Key), new FileInfo(PathOf(new ObjectKey(next.Key))))), cancellationToken);
            if (found is not null) yield return found;
        }
    }

    /// <inheritdoc/>
    public Task DeleteAsync(ObjectKey key, CancellationToken cancellationToken) => TryAsync($"delete {key} from", () =>
    {
        var path = PathOf(key);
        if (!File.Exists(path)) return Task.FromResult(true);
        File.Delete(path);
        DurableFiles.SyncDirectoryOf(path);
        return Task.FromResult(true);
    }, cancellationToken);

    private async Task<bool> PublishAsync(ObjectKey key, PutMode mode, Func<string, Task> write)
    {
        var path = PathOf(key);
        var directory = Path.GetDirectoryName(path)!;
        DurableFiles.CreateDirectory(directory);
        if (_swept.TryAdd(directory, true)) Sweep(directory);
        var temporary = Path.Combine(directory, $".{Guid.NewGuid():N}{DurableFiles.TemporarySuffix}");
        try
        {
            await write(temporary);
            if (mode == PutMode.Replace) File.Move(temporary, path, overwrite: true);
            else if (!DurableFiles.TryLink(temporary, path)) return false;
        }
        finally
        {
            File.Delete(temporary); // gone already where it was renamed
        }

        DurableFiles.SyncDirectoryOf(path);
        return true;
    }

    /// <summary>Deletes what kills left in a folder, when this process first puts something there. A file that old is nobody's any more.</summary>
    private void Sweep(string directory)
    {
        foreach (var file in new DirectoryInfo(directory).EnumerateFiles(".*" + DurableFiles.TemporarySuffix))
            if (file.LastWriteTimeUtc < _time.GetUtcNow() - AbandonedAfter)
                file.Delete();
    }

    private static async Task CopyAsync(Stream content, string path, CancellationToken cancellationToken)
    {
        await using var file = new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.None, 1, useAsync: true);
        await content.CopyToAsync(file, BufferBytes, cancellationToken);
        file.Flush(flushToDisk: true);
    }

    /// <summary>Puts a folder's entries on the stack so that they come off in the order of their keys: a folder's name counts with its slash.</summary>
    private ObjectInfo? Push(Stack<(string Key, bool IsFolder)> open, string folder, string prefix)
    {
        var directory = new DirectoryInfo(Path.Combine(_root, folder));
        if (!directory.Exists) return null;
        var entries = directory.EnumerateFileSystemInfos()
            .Where(entry => ObjectKey.IsValid(entry.Name))
            .Select(entry => (Key: folder + entry.Name + (entry is DirectoryInfo ? "/" : ""), IsFolder: entry is DirectoryInfo))
            .Where(entry => entry.Key.StartsWith(prefix, StringComparison.Ordinal) || entry.IsFolder && prefix.StartsWith(entry.Key, StringComparison.Ordinal))
            .OrderByDescending(entry => entry.Key, StringComparer.Ordinal);
        foreach (var entry in entries) open.Push(entry);
        return null;
    }

    private static ObjectInfo? InfoOf(ObjectKey key, FileInfo file) => file.Exists ? new ObjectInfo(key, file.Length, file.LastWriteTimeUtc) : null;

    private FileStream? OpenOrNull(ObjectKey key)
    {
        try
        {
            return new FileStream(PathOf(key), FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, 1, useAsync: true);
        }
        catch (Exception absent) when (absent is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }

    private string PathOf(ObjectKey key) => Path.Combine(_root, key.Value);

    private static string AdviceFor(Exception failure) => failure switch
    {
        UnauthorizedAccessException => " Make it writable for the user that this process runs as.",
        _ when failure.Message.Contains("No space left", StringComparison.Ordinal) => " Make room, or put it on a larger disk.",
        _ when failure.Message.Contains("Read-only file system", StringComparison.Ordinal) => " It is mounted read-only: mount it for writing.",
        _ => "",
    };

    // Files block: not on the caller's thread, which may be a grain's.
    private Task<T> TryAsync<T>(string what, Func<Task<T>> attempt, CancellationToken cancellationToken) => Task.Run(async () =>
    {
        try
        {
            return await attempt();
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new ObjectStoreException($"Could not {what} {Description}: {failure.Message}{AdviceFor(failure)}", failure);
        }
    }, cancellationToken);
}
