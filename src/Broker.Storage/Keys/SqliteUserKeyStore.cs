using System.Runtime.CompilerServices;
using Broker.Grains.Keys;
using Broker.Grains.Logs;
using Broker.Storage.Sqlite;
using Microsoft.Data.Sqlite;

namespace Broker.Storage.Keys;

/// <summary>Users' keys in an SQLite file of their own, <c>keys.db</c>. A destroyed key leaves its user's number behind,
/// and no byte of the key: it is overwritten where it lies and the write-ahead log is emptied.</summary>
public sealed class SqliteUserKeyStore : IUserKeyStore, IAsyncDisposable
{
    private const int ChunkKeys = 16_384;

    private const string Initial =
        """
        CREATE TABLE partitions (partition_id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;
        -- Rows are added at the end only and never change their size: SQLite then never moves one to another page. Where it
        -- does, it leaves the old bytes in the page's gap, whatever secure_delete says.
        CREATE TABLE user_keys (
            key_id INTEGER PRIMARY KEY,
            partition_id INTEGER NOT NULL,
            user INTEGER NOT NULL,
            key BLOB NOT NULL CHECK (length(key) = 32), -- Zeros when it is destroyed.
            UNIQUE (partition_id, user)
        ) STRICT;
        """;

    private static readonly byte[] DestroyedKey = new byte[UserKey.Bytes];
    private static readonly SqliteSchema Schema = new("keys", [Initial]);

    private readonly SqliteDatabase _database;
    private readonly IEntropy _entropy;

    private SqliteUserKeyStore(SqliteDatabase database, IEntropy entropy) => (_database, _entropy) = (database, entropy);

    /// <summary>Opens the file, or makes it (mode 600).</summary>
    /// <exception cref="StoreRefusedException">It does not flush, is newer than this program, or is not such a file.</exception>
    public static SqliteUserKeyStore Open(SqliteSettings settings, IEntropy entropy)
    {
        var database = SqliteDatabase.Open(settings with { SecureDelete = true, OwnerOnly = true }, Schema);
        return new SqliteUserKeyStore(database, entropy);
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<UserKey>> CreateAsync(LogName partition, IReadOnlyList<int> users, CancellationToken cancellationToken)
    {
        foreach (var user in users) ArgumentOutOfRangeException.ThrowIfNegative(user, nameof(users));
        return await GuardAsync(() => _database.WriteAsync(session => Create(session, partition, users), cancellationToken));
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<UserKey> LoadAsync(LogName partition, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var after = -1;
        while (true)
        {
            var (last, keys) = await GuardAsync(() => _database.ReadAsync(session => Load(session, partition, after), cancellationToken));
            foreach (var key in keys) yield return key;
            if (last == after) yield break;
            after = last;
        }
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<int>> ListDestroyedAsync(LogName partition, CancellationToken cancellationToken) =>
        await GuardAsync(() => _database.ReadAsync(session => Destroyed(session, partition), cancellationToken));

    /// <inheritdoc/>
    public Task<UserKey?> GetAsync(LogName partition, int user, CancellationToken cancellationToken) =>
        GuardAsync(() => _database.ReadAsync(session => Get(session, partition, user), cancellationToken));

    /// <inheritdoc/>
    public Task DestroyAsync(LogName partition, IReadOnlyList<int> users, CancellationToken cancellationToken) => GuardAsync(async () =>
    {
        await _database.WriteAsync(session => Destroy(session, partition, users), cancellationToken);
        return await _database.MaintainAsync(EmptyWriteAheadLog, cancellationToken);
    });

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _database.DisposeAsync();

    private UserKey[] Create(SqliteSession session, LogName partition, IReadOnlyList<int> users)
    {
        session.Execute("INSERT INTO partitions (name) VALUES ($1) ON CONFLICT (name) DO NOTHING", partition.Value);
        var partitionId = PartitionId(session, partition)!.Value;
        var keys = new UserKey[users.Count];
        for (var i = 0; i < keys.Length; i++) keys[i] = CreateOne(session, partition, partitionId, users[i]);
        return keys;
    }

    private UserKey CreateOne(SqliteSession session, LogName partition, long partitionId, int user)
    {
        var key = new byte[UserKey.Bytes];
        _entropy.Fill(key);
        if (session.Execute("INSERT INTO user_keys (partition_id, user, key) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING", partitionId, user, key) == 1) return new(user, key);
        return Get(session, partition, user) ?? throw new UserKeyDestroyedException(partition, user);
    }

    private static (int Last, List<UserKey> Keys) Load(SqliteSession session, LogName partition, int after)
    {
        var keys = new List<UserKey>();
        if (PartitionId(session, partition) is not { } partitionId) return (after, keys);
        var last = after;
        using var rows = session.Query(
            "SELECT user, key FROM user_keys WHERE partition_id = $1 AND user > $2 ORDER BY user LIMIT $3", partitionId, after, ChunkKeys);
        while (rows.Read())
        {
            last = rows.GetInt32(0);
            if (KeyOf(last, rows.GetFieldValue<byte[]>(1)) is { } key) keys.Add(key);
        }

        return (last, keys);
    }

    private static List<int> Destroyed(SqliteSession session, LogName partition)
    {
        var users = new List<int>();
        using var rows = session.Query(
            "SELECT user FROM user_keys JOIN partitions USING (partition_id) WHERE name = $1 AND key = $2 ORDER BY user", partition.Value, DestroyedKey);
        while (rows.Read()) users.Add(rows.GetInt32(0));
        return users;
    }

    private static UserKey? Get(SqliteSession session, LogName partition, int user)
    {
        using var row = session.Query(
            "SELECT key FROM user_keys JOIN partitions USING (partition_id) WHERE name = $1 AND user = $2", partition.Value, user);
        return row.Read() ? KeyOf(user, row.GetFieldValue<byte[]>(0)) : null;
    }

    private static UserKey? KeyOf(int user, byte[] key) => key.AsSpan().SequenceEqual(DestroyedKey) ? null : new UserKey(user, key);

    private static int Destroy(SqliteSession session, LogName partition, IReadOnlyList<int> users)
    {
        if (PartitionId(session, partition) is not { } partitionId) return 0;
        var destroyed = 0;
        foreach (var user in users)
            destroyed += session.Execute("UPDATE user_keys SET key = $3 WHERE partition_id = $1 AND user = $2", partitionId, user, DestroyedKey);
        return destroyed;
    }

    /// <summary>Copies the write-ahead log into the file and empties it: it still holds pages from before the destruction.</summary>
    private static bool EmptyWriteAheadLog(SqliteSession session)
    {
        using var row = session.Query("PRAGMA wal_checkpoint(TRUNCATE)");
        if (row.Read() && row.GetInt32(0) == 0) return true;
        throw new IOException("The write-ahead log is being read and could not be emptied.");
    }

    private static long? PartitionId(SqliteSession session, LogName partition)
    {
        using var row = session.Query("SELECT partition_id FROM partitions WHERE name = $1", partition.Value);
        return row.Read() ? row.GetInt64(0) : null;
    }

    private static async Task<T> GuardAsync<T>(Func<Task<T>> work)
    {
        try
        {
            return await work();
        }
        catch (Exception failure) when (failure is StoreWriteException or SqliteException or IOException)
        {
            throw new UserKeysUnavailableException($"The users' keys are not available: {failure.Message}", failure);
        }
    }
}
