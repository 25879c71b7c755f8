using System.Security.Cryptography;
using Broker.Storage.Sqlite;

namespace Broker.Storage.Objects.Caching;

/// <summary>Local copies of immutable objects, to be mapped: each downloaded once, checked against its digest, kept as long as there is room.</summary>
/// <remarks>A copy is named by its digest. The directory is this process's alone and is emptied when it is taken: a copy that a kill left
/// would have to be read whole to be trusted, which costs what a download does. A copy that is open is never deleted, so what is open
/// counts towards the bound.</remarks>
public sealed class ObjectCache : IDisposable
{
    private const string LockName = "cache.lock";

    private readonly IObjectStore _store;
    private readonly string _directory;
    private readonly long _bytesMax;
    private readonly FileStream _held;
    private readonly Lock _gate = new();
    private readonly Dictionary<string, CachedCopy> _copies = new(StringComparer.Ordinal);
    private long _bytes;
    private long _uses;

    /// <summary>Takes a directory; makes it where it is missing, and empties it.</summary>
    /// <param name="store">Where the objects lie.</param>
    /// <param name="directory">The directory, for this process alone: everything in it is deleted.</param>
    /// <param name="options">The bound.</param>
    /// <exception cref="StoreRefusedException">Another process holds it, it holds what is no copy, or it cannot be written.</exception>
    public ObjectCache(IObjectStore store, string directory, ObjectCacheOptions options)
    {
        (_store, _directory, _bytesMax) = (store, Path.GetFullPath(directory), options.BytesMax);
        try
        {
            System.IO.Directory.CreateDirectory(_directory);
            _held = new FileStream(Path.Combine(_directory, LockName), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            Empty();
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            _held?.Dispose();
            throw new StoreRefusedException($"The cache directory {_directory} cannot be used: {failure.Message} Each process needs one of its own, writable, with nothing else in it.", failure);
        }
    }

    /// <summary>Bytes of the copies that are here or on their way; at most the bound.</summary>
    public long Bytes
    {
        get
        {
            lock (_gate) return _bytes;
        }
    }

    /// <summary>Opens a local copy; it stays where it is until it is disposed of. Whoever wants one that is on its way waits for that.</summary>
    /// <param name="key">The object.</param>
    /// <param name="digest">SHA-256 of its content.</param>
    /// <param name="cancellationToken">Stops waiting; the download goes on.</param>
    /// <returns>Null where there is no such object.</returns>
    /// <exception cref="InvalidDataException">The object has another digest.</exception>
    /// <exception cref="ObjectStoreException">The store does not answer, or there is no room.</exception>
    public async Task<OpenCopy?> OpenAsync(ObjectKey key, ReadOnlyMemory<byte> digest, CancellationToken cancellationToken)
    {
        var copy = Enter(key, Convert.ToHexStringLower(digest.Span));
        try
        {
            if (await copy.Downloaded.WaitAsync(cancellationToken)) return new OpenCopy(this, copy);
        }
        catch
        {
            Leave(copy);
            throw;
        }

        Leave(copy);
        return null;
    }

    /// <summary>Keeps no copy of an object that is deleted; one that is open goes when it is closed.</summary>
    /// <param name="digest">SHA-256 of the object.</param>
    public void Forget(ReadOnlyMemory<byte> digest)
    {
        lock (_gate)
        {
            if (!_copies.TryGetValue(Convert.ToHexStringLower(digest.Span), out var copy)) return;
            copy.IsUnwanted = true;
            if (copy.Users == 0) Forget(copy);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _held.Dispose();

    /// <summary>One user fewer. Where that was the last one of a copy that never came, it is forgotten, so that the next one tries again.</summary>
    internal void Leave(CachedCopy copy)
    {
        lock (_gate)
        {
            copy.Users--;
            copy.LastUse = ++_uses;
            if (copy.Users == 0 && (copy.HasFailed || copy.IsUnwanted)) Forget(copy);
        }
    }

    private CachedCopy Enter(ObjectKey key, string name)
    {
        lock (_gate)
        {
            if (!_copies.TryGetValue(name, out var copy) || copy.HasFailed)
            {
                copy = _copies[name] = new CachedCopy(name, Path.Combine(_directory, name));
                copy.Downloaded = Task.Run(() => DownloadAsync(key, copy));
            }

            copy.Users++;
            return copy;
        }
    }

    private async Task<bool> DownloadAsync(ObjectKey key, CachedCopy copy)
    {
        if (await _store.StatAsync(key, CancellationToken.None) is not { } found) return false;
        Reserve(copy, found.Bytes);
        try
        {
            await using var file = new FileStream(copy.Path, FileMode.Create, FileAccess.ReadWrite, FileShare.None, 1, useAsync: true);
            if (!await _store.DownloadAsync(key, file, CancellationToken.None)) return Given(copy, isThere: false);
            file.Position = 0;
            if (Convert.ToHexStringLower(await SHA256.HashDataAsync(file)) != copy.Name) throw new InvalidDataException("its bytes are not those that the log names.");
            return Given(copy, isThere: true);
        }
        catch (Exception failure)
        {
            Given(copy, isThere: false);
            if (failure is IOException and not ObjectStoreException || failure is UnauthorizedAccessException)
                throw new ObjectStoreException($"The cache directory {_directory} cannot take {key} ({found.Bytes} bytes): {failure.Message} Make room there, or lower the cache's BytesMax.", failure);
            throw;
        }
    }

    /// <summary>Makes room within the bound.</summary>
    private void Reserve(CachedCopy copy, long bytes)
    {
        if (TryReserve(copy, bytes)) return;
        // Segments that nobody refers to any more are let go when the collector finds them; now is the time to look.
        GC.Collect();
        GC.WaitForPendingFinalizers();
        if (!TryReserve(copy, bytes))
            throw new ObjectStoreException($"The cache in {_directory} is full of open objects: {Bytes} of {_bytesMax} bytes are in use, {bytes} more are wanted. Raise its BytesMax, or add nodes.");
    }

    private bool TryReserve(CachedCopy copy, long bytes)
    {
        lock (_gate)
        {
            while (_bytes + bytes > _bytesMax)
            {
                if (_copies.Values.Where(other => other.Users == 0 && other.Downloaded.IsCompleted).MinBy(other => other.LastUse) is not { } oldest) return false;
                Forget(oldest);
            }

            copy.Bytes = bytes;
            _bytes += bytes;
            return true;
        }
    }

    private bool Given(CachedCopy copy, bool isThere)
    {
        if (isThere) return true;
        lock (_gate)
        {
            _bytes -= copy.Bytes;
            copy.Bytes = 0;
        }

        File.Delete(copy.Path);
        return false;
    }

    private void Forget(CachedCopy copy)
    {
        if (_copies.TryGetValue(copy.Name, out var known) && ReferenceEquals(known, copy)) _copies.Remove(copy.Name);
        if (copy.Bytes == 0) return; // It never came; another may be under way under its name.
        _bytes -= copy.Bytes;
        copy.Bytes = 0;
        File.Delete(copy.Path);
    }

    private void Empty()
    {
        foreach (var path in System.IO.Directory.EnumerateFileSystemEntries(_directory))
        {
            var name = Path.GetFileName(path);
            if (name == LockName) continue;
            if (name.Length != 2 * SHA256.HashSizeInBytes || !name.All(char.IsAsciiHexDigitLower)) throw new IOException($"It holds {name}, which is no copy of an object.");
            File.Delete(path);
        }
    }
}
