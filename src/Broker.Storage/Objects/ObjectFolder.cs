namespace Broker.Storage.Objects;

/// <summary>The objects below a folder of a store, keyed by what follows it.</summary>
internal sealed class ObjectFolder(IObjectStore store, ObjectKey folder) : IObjectStore
{
    private readonly string _prefix = folder.Value + "/";

    public string Description => $"{store.Description}, below {_prefix}";

    public Task<bool> PutAsync(ObjectKey key, Stream content, PutMode mode, CancellationToken cancellationToken) =>
        store.PutAsync(Inner(key), content, mode, cancellationToken);

    public Task PutFileAsync(ObjectKey key, string path, CancellationToken cancellationToken) => store.PutFileAsync(Inner(key), path, cancellationToken);

    public Task<byte[]?> GetRangeAsync(ObjectKey key, long offset, int count, CancellationToken cancellationToken) =>
        store.GetRangeAsync(Inner(key), offset, count, cancellationToken);

    public Task<bool> DownloadAsync(ObjectKey key, Stream destination, CancellationToken cancellationToken) =>
        store.DownloadAsync(Inner(key), destination, cancellationToken);

    public string? LocalPathOf(ObjectKey key) => store.LocalPathOf(Inner(key));

    public async Task<ObjectInfo?> StatAsync(ObjectKey key, CancellationToken cancellationToken) =>
        await store.StatAsync(Inner(key), cancellationToken) is { } info ? info with { Key = key } : null;

    public IAsyncEnumerable<ObjectInfo> ListAsync(string prefix, CancellationToken cancellationToken) =>
        store.ListAsync(_prefix + ObjectKey.Prefix(prefix), cancellationToken).Select(info => info with { Key = new ObjectKey(info.Key.Value[_prefix.Length..]) });

    public Task DeleteAsync(ObjectKey key, CancellationToken cancellationToken) => store.DeleteAsync(Inner(key), cancellationToken);

    private ObjectKey Inner(ObjectKey key) => new(_prefix + key.Value);
}
