namespace Broker.Storage.Objects;

/// <summary>The port to immutable objects: a directory in an embedded node (a shared one in a small cluster), an S3-compatible
/// service elsewhere. An object is whole or absent for every reader at every time, whatever is killed.</summary>
/// <remarks>What a put, and a delete, did is seen by every process's read and list that begins after it returned. Where a call fails
/// or is cancelled its outcome is unknown: old or new, never half. Safe for any number of threads and processes.</remarks>
public interface IObjectStore
{
    /// <summary>What the store is, for messages: holds no secret.</summary>
    string Description { get; }

    /// <summary>Puts an object, whole or not at all.</summary>
    /// <param name="key">Its key.</param>
    /// <param name="content">From its position to its end; seekable, since a put is tried again from there. Left open.</param>
    /// <param name="mode">What happens where the key is taken.</param>
    /// <param name="cancellationToken">Stops waiting; the outcome is unknown then.</param>
    /// <returns>False where <see cref="PutMode.IfAbsent"/> found the key taken.</returns>
    /// <exception cref="ObjectStoreException">Not put, or not known to be.</exception>
    Task<bool> PutAsync(ObjectKey key, Stream content, PutMode mode, CancellationToken cancellationToken);

    /// <summary>Puts a local file as an object, in the place of what has the key. The file is gone when this returns: a directory takes it over without a copy.</summary>
    /// <exception cref="ObjectStoreException">Not put, or not known to be; the file may be gone or not.</exception>
    Task PutFileAsync(ObjectKey key, string path, CancellationToken cancellationToken);

    /// <summary>Bytes [offset, offset + count) of an object, fewer where it ends earlier, none beyond its end; null where there is no such object.</summary>
    /// <exception cref="ObjectStoreException">The store does not answer, or broke off.</exception>
    Task<byte[]?> GetRangeAsync(ObjectKey key, long offset, int count, CancellationToken cancellationToken);

    /// <summary>Writes a whole object to a stream; false, and nothing written, where there is no such object.</summary>
    /// <exception cref="ObjectStoreException">The store does not answer, or broke off; a part may be written.</exception>
    Task<bool> DownloadAsync(ObjectKey key, Stream destination, CancellationToken cancellationToken);

    /// <summary>The local file that is the object, for mapping it; null where the store has none. The object may be absent. The file must not be changed.</summary>
    string? LocalPathOf(ObjectKey key);

    /// <summary>An object's size and time, or null where there is none.</summary>
    /// <exception cref="ObjectStoreException">The store does not answer.</exception>
    Task<ObjectInfo?> StatAsync(ObjectKey key, CancellationToken cancellationToken);

    /// <summary>The objects whose keys begin with a text, in ordinal order of their keys. One put or deleted meanwhile may be among them or not.</summary>
    /// <param name="prefix">The beginning of valid keys, or empty: <c>a/b</c> finds <c>a/b</c>, <c>a/bc</c> and <c>a/b/c</c>.</param>
    /// <param name="cancellationToken">Stops.</param>
    /// <exception cref="ObjectStoreException">The store does not answer.</exception>
    IAsyncEnumerable<ObjectInfo> ListAsync(string prefix, CancellationToken cancellationToken);

    /// <summary>Deletes an object; none there is no error. A file that somebody has mapped stays readable for them.</summary>
    /// <exception cref="ObjectStoreException">Not deleted, or not known to be.</exception>
    Task DeleteAsync(ObjectKey key, CancellationToken cancellationToken);
}

/// <summary>What a put does where the key is taken.</summary>
public enum PutMode
{
    /// <summary>Takes its place, whole.</summary>
    Replace,

    /// <summary>Nothing. Of two that put at once a directory, and a server that honours <c>If-None-Match</c>, lets one succeed; a server that
    /// ignores it may let both. Nothing rests on that: see <see cref="S3.S3ObjectStore"/>.</summary>
    IfAbsent,
}

/// <summary>An object in a store.</summary>
/// <param name="Key">Its key.</param>
/// <param name="Bytes">Its size, 0 or more.</param>
/// <param name="PutAt">When it was put, by the store's clock; to a second.</param>
public sealed record ObjectInfo(ObjectKey Key, long Bytes, DateTimeOffset PutAt);
