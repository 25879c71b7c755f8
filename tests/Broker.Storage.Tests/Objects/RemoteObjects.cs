using Broker.Storage.Objects;

namespace Broker.Storage.Tests.Objects;

/// <summary>A store whose objects are no local files, and what a test wants to happen meanwhile.</summary>
internal sealed class RemoteObjects(IObjectStore store) : IObjectStore
{
    private int _downloads;

    /// <summary>Downloads that were begun.</summary>
    public int Downloads => _downloads;

    /// <summary>Awaited in each download.</summary>
    public Func<ObjectKey, Task> Downloading { get; set; } = static _ => Task.CompletedTask;

    /// <summary>Called when a file was put.</summary>
    public Action FilePut { get; set; } = static () => { };

    public string Description => store.Description;

    public Task<bool> PutAsync(ObjectKey key, Stream content, PutMode mode, CancellationToken cancellationToken) => store.PutAsync(key, content, mode, cancellationToken);

    public async Task PutFileAsync(ObjectKey key, string path, CancellationToken cancellationToken)
    {
        await store.PutFileAsync(key, path, cancellationToken);
        FilePut();
    }

    public Task<byte[]?> GetRangeAsync(ObjectKey key, long offset, int count, CancellationToken cancellationToken) => store.GetRangeAsync(key, offset, count, cancellationToken);

    public async Task<bool> DownloadAsync(ObjectKey key, Stream destination, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _downloads);
        await Downloading(key);
        return await store.DownloadAsync(key, destination, cancellationToken);
    }

    public string? LocalPathOf(ObjectKey key) => null;

    public Task<ObjectInfo?> StatAsync(ObjectKey key, CancellationToken cancellationToken) => store.StatAsync(key, cancellationToken);

    public IAsyncEnumerable<ObjectInfo> ListAsync(string prefix, CancellationToken cancellationToken) => store.ListAsync(prefix, cancellationToken);

    public Task DeleteAsync(ObjectKey key, CancellationToken cancellationToken) => store.DeleteAsync(key, cancellationToken);
}
