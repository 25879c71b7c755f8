using System.Runtime.CompilerServices;
using Broker.Grains.Keys;
using Broker.Grains.Logs;
using Broker.Storage.Logs;
using Broker.Storage.Postgres;
using Broker.Storage.Sqlite;

namespace Broker.Storage.Keys;

/// <summary>Users' keys in a PostgreSQL database, best one of their own: its backups must not be kept beside those of the logs.</summary>
/// <remarks>
/// A destroyed key is gone for every reader when <see cref="DestroyAsync"/> returns, and its user's number stays taken. Its bytes
/// outlive it where PostgreSQL keeps what it changed: in the dead row until (auto)vacuum has passed and its page was written
/// again, in the write-ahead log until its segments are recycled, in an archive of that log, on standbys that lag, and in
/// backups, for as long as those are kept. Keep the archive and the backups of this database no longer than the erasure deadline.
/// </remarks>
/// <param name="database">Checked and migrated. The store does not own it.</param>
/// <param name="entropy">Where keys come from.</param>
public sealed class PostgresUserKeyStore(PostgresDatabase database, IEntropy entropy) : IUserKeyStore
{
    private const int ChunkKeys = 16_384;

    private const string NamePartition = "INSERT INTO key_partitions (name) VALUES ($1) ON CONFLICT (name) DO NOTHING";

    // Whoever has a key keeps it, and where one of them is destroyed nobody gets one.
    private const string MakeKeys =
        """
        WITH asked AS (
            SELECT p.partition_id, u.user_number, u.key
            FROM key_partitions p CROSS JOIN unnest($2::integer[], $3::bytea[]) AS u (user_number, key)
            WHERE p.name = $1
        )
        INSERT INTO user_keys (partition_id, user_number, key)
        SELECT partition_id, user_number, key FROM asked
        WHERE NOT EXISTS (SELECT 1 FROM user_keys k JOIN asked USING (partition_id, user_number) WHERE k.key IS NULL)
        ORDER BY user_number
        ON CONFLICT DO NOTHING
        """;

    private const string FindKeys =
        "SELECT user_number, key FROM user_keys JOIN key_partitions USING (partition_id) WHERE name = $1 AND user_number = ANY ($2)";

    private const string LoadKeys =
        "SELECT user_number, key FROM user_keys JOIN key_partitions USING (partition_id) WHERE name = $1 AND user_number > $2 ORDER BY user_number LIMIT $3";

    private const string FindDestroyed =
        "SELECT user_number, key FROM user_keys JOIN key_partitions USING (partition_id) WHERE name = $1 AND key IS NULL ORDER BY user_number";

    // In the order of their numbers, so that two who destroy some of the same never wait in a circle.
    private const string DestroyKeys =
        """
        WITH gone AS MATERIALIZED (
            SELECT partition_id, user_number FROM user_keys JOIN key_partitions USING (partition_id)
            WHERE name = $1 AND user_number = ANY ($2) AND key IS NOT NULL
            ORDER BY user_number
            FOR UPDATE OF user_keys
        )
        UPDATE user_keys k SET key = NULL FROM gone g WHERE k.partition_id = g.partition_id AND k.user_number = g.user_number
        """;

    /// <inheritdoc/>
    public Task<IReadOnlyList<UserKey>> CreateAsync(LogName partition, IReadOnlyList<int> users, CancellationToken cancellationToken)
    {
        foreach (var user in users) ArgumentOutOfRangeException.ThrowIfNegative(user, nameof(users));
        return GuardAsync<IReadOnlyList<UserKey>>(async () =>
        {
            await ChangeAsync(NamePartition, cancellationToken, partition.Value);
            await ChangeAsync(MakeKeys, cancellationToken, partition.Value, users.ToArray(), users.Select(_ => NewKey()).ToArray());
            var found = (await QueryAsync(FindKeys, cancellationToken, partition.Value, users.ToArray())).ToDictionary(row => row.User);
            return [.. users.Select(user => KeyOf(partition, user, found))];
        });
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<UserKey> LoadAsync(LogName partition, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var after = -1;
        while (await GuardAsync(() => QueryAsync(LoadKeys, cancellationToken, partition.Value, after, ChunkKeys)) is { Count: > 0 } rows)
        {
            foreach (var row in rows)
                if (row.Key is not null) yield return new UserKey(row.User, row.Key);
            after = rows[^1].User;
        }
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<int>> ListDestroyedAsync(LogName partition, CancellationToken cancellationToken) =>
        (await GuardAsync(() => QueryAsync(FindDestroyed, cancellationToken, partition.Value))).ConvertAll(row => row.User);

    /// <inheritdoc/>
    public async Task<UserKey?> GetAsync(LogName partition, int user, CancellationToken cancellationToken) =>
        await GuardAsync(() => QueryAsync(FindKeys, cancellationToken, partition.Value, new[] { user })) is [{ Key: { } key }] ? new UserKey(user, key) : null;

    /// <inheritdoc/>
    public Task DestroyAsync(LogName partition, IReadOnlyList<int> users, CancellationToken cancellationToken) =>
        GuardAsync(() => ChangeAsync(DestroyKeys, cancellationToken, partition.Value, users.ToArray()));

    private byte[] NewKey()
    {
        var key = new byte[UserKey.Bytes];
        entropy.Fill(key);
        return key;
    }

    private static UserKey KeyOf(LogName partition, int user, Dictionary<int, (int User, byte[]? Key)> found) =>
        found.TryGetValue(user, out var row) && row.Key is { } key
            ? new UserKey(user, key)
            : throw new UserKeyDestroyedException(partition, found.Values.Where(row => row.Key is null).Select(row => row.User).DefaultIfEmpty(user).First());

    private Task<int> ChangeAsync(string sql, CancellationToken cancellationToken, params object[] values) => database.WriteAsync(
        command => PostgresLogStore.Bind(command, sql, values), static rows => Task.FromResult(rows.RecordsAffected), cancellationToken);

    private Task<List<(int User, byte[]? Key)>> QueryAsync(string sql, CancellationToken cancellationToken, params object[] values) => database.ReadAsync(
        command => PostgresLogStore.Bind(command, sql, values),
        async rows =>
        {
            var found = new List<(int, byte[]?)>();
            while (await rows.ReadAsync(cancellationToken)) found.Add((rows.GetInt32(0), rows.IsDBNull(1) ? null : rows.GetFieldValue<byte[]>(1)));
            return found;
        },
        cancellationToken);

    private static async Task<T> GuardAsync<T>(Func<Task<T>> work)
    {
        try
        {
            return await work();
        }
        catch (Exception failure) when (failure is StoreWriteException or StoreReadException)
        {
            throw new UserKeysUnavailableException($"The users' keys are not available: {failure.Message}", failure);
        }
    }
}
