using Broker.Grains.Logs;

namespace Broker.Grains.Keys;

/// <summary>The port to the users' keys, which lie apart from the logs and from their backups: destroying a key erases what it sealed.</summary>
public interface IUserKeyStore
{
    /// <summary>Makes keys for users of a partition, durable when this returns. A user who has one already keeps it (a
    /// take-over, or an append that failed after its keys were made), and gets it here.</summary>
    /// <param name="partition">The partition's log.</param>
    /// <param name="users">Dense numbers, from 0, each once.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <returns>A key for each, in the order asked.</returns>
    /// <exception cref="UserKeyDestroyedException">A user's key has been destroyed; the number is never used again. No key is made.</exception>
    /// <exception cref="UserKeysUnavailableException">The store does not answer; keys may have been made.</exception>
    Task<IReadOnlyList<UserKey>> CreateAsync(LogName partition, IReadOnlyList<int> users, CancellationToken cancellationToken);

    /// <summary>All keys of a partition, by user number; destroyed ones are left out.</summary>
    /// <exception cref="UserKeysUnavailableException">The store does not answer.</exception>
    IAsyncEnumerable<UserKey> LoadAsync(LogName partition, CancellationToken cancellationToken);

    /// <summary>The numbers of a partition's users whose keys were destroyed, in order. They outlive the keys, and a restored log.</summary>
    /// <exception cref="UserKeysUnavailableException">The store does not answer.</exception>
    Task<IReadOnlyList<int>> ListDestroyedAsync(LogName partition, CancellationToken cancellationToken);

    /// <summary>One user's key, or null where it was never made or is destroyed.</summary>
    /// <exception cref="UserKeysUnavailableException">The store does not answer.</exception>
    Task<UserKey?> GetAsync(LogName partition, int user, CancellationToken cancellationToken);

    /// <summary>Destroys keys: when this returns, nobody can ask the store for them any more. What its files still hold is the
    /// store's to say: SQLite's hold nothing, PostgreSQL's hold them until they are vacuumed and recycled.</summary>
    /// <exception cref="UserKeysUnavailableException">The store does not answer, or could not wipe them yet: destroy again.</exception>
    Task DestroyAsync(LogName partition, IReadOnlyList<int> users, CancellationToken cancellationToken);
}
