namespace Broker.Storage.Objects;

/// <summary>Whole small objects, and parts of stores.</summary>
public static class ObjectStoreReading
{
    /// <summary>Puts bytes.</summary>
    /// <returns>False where <see cref="PutMode.IfAbsent"/> found the key taken.</returns>
    /// <exception cref="ObjectStoreException">Not put, or not known to be.</exception>
    public static async Task<bool> PutAsync(this IObjectStore store, ObjectKey key, byte[] bytes, PutMode mode, CancellationToken cancellationToken)
    {
        using var content = new MemoryStream(bytes, writable: false);
        return await store.PutAsync(key, content, mode, cancellationToken);
    }

    /// <summary>A whole object, or null where there is none.</summary>
    /// <exception cref="ObjectStoreException">The store does not answer, or broke off.</exception>
    public static async Task<byte[]?> GetAsync(this IObjectStore store, ObjectKey key, CancellationToken cancellationToken)
    {
        using var content = new MemoryStream();
        return await store.DownloadAsync(key, content, cancellationToken) ? content.ToArray() : null;
    }

    /// <summary>The store of the objects below a folder, which are keyed by what follows it.</summary>
    /// <param name="store">The store.</param>
    /// <param name="folder">A valid key, no slash at its end.</param>
    public static IObjectStore Below(this IObjectStore store, string folder) => new ObjectFolder(store, new ObjectKey(folder));
}
