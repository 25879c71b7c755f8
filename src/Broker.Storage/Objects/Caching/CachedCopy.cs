namespace Broker.Storage.Objects.Caching;

/// <summary>A local copy, or one that is on its way. Changed only under its cache's lock.</summary>
internal sealed class CachedCopy(string name, string path)
{
    /// <summary>The object's digest, in hex.</summary>
    public string Name { get; } = name;

    public string Path { get; } = path;

    /// <summary>False where there is no such object.</summary>
    public Task<bool> Downloaded { get; set; } = Task.FromResult(false);

    /// <summary>Whether it is known that it is not here and will not come.</summary>
    public bool HasFailed => Downloaded.IsCompleted && !(Downloaded.IsCompletedSuccessfully && Downloaded.Result);

    /// <summary>Whether it goes as soon as nobody has it open: its object is deleted.</summary>
    public bool IsUnwanted { get; set; }

    /// <summary>Those who have it open, or wait for it.</summary>
    public int Users { get; set; }

    /// <summary>When it was let go last, in the order of the cache's uses.</summary>
    public long LastUse { get; set; }

    /// <summary>What it counts towards the bound; 0 until its size is known.</summary>
    public long Bytes { get; set; }
}

/// <summary>A local copy that is open: the file stays until this is disposed of.</summary>
public sealed class OpenCopy : IDisposable
{
    private readonly ObjectCache _cache;
    private readonly CachedCopy _copy;
    private int _isClosed;

    internal OpenCopy(ObjectCache cache, CachedCopy copy) => (_cache, _copy) = (cache, copy);

    /// <summary>The file.</summary>
    public string Path => _copy.Path;

    /// <inheritdoc/>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _isClosed, 1) == 0) _cache.Leave(_copy);
    }
}
