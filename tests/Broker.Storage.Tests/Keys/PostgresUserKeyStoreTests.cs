using Broker.Grains.Keys;
using Broker.Storage.Keys;
using Broker.Storage.Postgres;
using Broker.TestKit.Postgres;
using Npgsql;

namespace Broker.Storage.Tests.Keys;

public sealed class PostgresUserKeyStoreTests : UserKeyStoreConformance
{
    private string? _connectionString;
    private PostgresDatabase _database = null!;

    [SkippableFact]
    public async Task A_destroyed_key_stands_in_no_row_and_after_a_vacuum_in_no_dead_one()
    {
        await CreateAsync(0, 1, 2);
        await Store.DestroyAsync(Partition, [1], None);

        Assert.Equal(2L, await AskAsync("SELECT count(*) FROM user_keys WHERE key IS NOT NULL"));
        await PostgresServer.ExecuteAsync(_connectionString!, "VACUUM user_keys");
        await PostgresServer.ExecuteAsync(_connectionString!, "CREATE EXTENSION pageinspect");
        Assert.Equal(3L, await AskAsync("SELECT count(*) FROM heap_page_items(get_raw_page('user_keys', 0)) WHERE t_data IS NOT NULL"));
    }

    [SkippableFact]
    public async Task Many_who_make_and_destroy_the_same_users_in_any_order_never_wait_in_a_circle()
    {
        var users = Enumerable.Range(0, 200).ToArray();
        await Task.WhenAll(Enumerable.Range(0, 8).Select(seed => CreateAsync(Shuffled(users, seed))));

        await Task.WhenAll(Enumerable.Range(0, 8).Select(seed => Store.DestroyAsync(Partition, Shuffled(users, seed), None)));

        Assert.Equal(200L, await AskAsync("SELECT count(*) FROM user_keys WHERE key IS NULL"));
    }

    protected override async Task<IUserKeyStore> OpenAsync()
    {
        Skip.If(PostgresBinaries.Directory is null, PostgresBinaries.Missing);
        _connectionString ??= await (await PostgresServer.SharedAsync()).CreateMigratedDatabaseAsync();
        _database = PostgresDatabase.Open(PostgresServer.Patient(_connectionString));
        return new PostgresUserKeyStore(_database, Entropy);
    }

    protected override async Task CloseAsync() => await _database.DisposeAsync();

    protected override Task CleanAsync() => Task.CompletedTask;

    private static int[] Shuffled(int[] users, int seed)
    {
        var shuffled = users.ToArray();
        new Random(seed).Shuffle(shuffled);
        return shuffled;
    }

    private async Task<object?> AskAsync(string sql)
    {
        await using var source = NpgsqlDataSource.Create(_connectionString! + ";Pooling=false");
        await using var command = source.CreateCommand(sql);
        return await command.ExecuteScalarAsync();
    }
}
