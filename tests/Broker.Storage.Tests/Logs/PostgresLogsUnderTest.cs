using Broker.Grains.Logs;
using Broker.Storage.Logs;
using Broker.Storage.Postgres;
using Broker.TestKit.Postgres;
using Npgsql;

namespace Broker.Storage.Tests.Logs;

/// <summary>The cluster's store, in a database of its own, reached through a connection that a test may cut.</summary>
internal sealed class PostgresLogsUnderTest : LogStoreUnderTest
{
    // Found before PostgreSQL's own: the store asks this clock.
    private const string SettableClock =
        """
        CREATE SCHEMA fake;
        CREATE TABLE fake.clock (late interval NOT NULL);
        INSERT INTO fake.clock VALUES ('0');
        CREATE FUNCTION fake.clock_timestamp() RETURNS timestamptz LANGUAGE sql VOLATILE AS 'SELECT pg_catalog.clock_timestamp() - late FROM fake.clock';
        """;

    // A disk that is full fails so; a real one that really is full has a test of its own.
    private const string FullDisk =
        """
        CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''No space left on device'' USING ERRCODE = ''disk_full''; END';
        CREATE TRIGGER full_disk BEFORE INSERT ON entries FOR EACH ROW EXECUTE FUNCTION full_disk();
        """;

    private readonly string _direct;
    private readonly CuttableProxy _proxy;
    private readonly List<IAsyncDisposable> _opened = [];

    private PostgresLogsUnderTest(string direct, CuttableProxy proxy)
    {
        (_direct, _proxy) = (direct, proxy);
        Store = Open();
    }

    public override ILogStore Store { get; protected set; }

    public string ConnectionString => _direct;

    public PostgresDatabase Database { get; private set; } = null!;

    public static async Task<PostgresLogsUnderTest> CreateAsync()
    {
        Skip.If(PostgresBinaries.Directory is null, PostgresBinaries.Missing);
        var server = await PostgresServer.SharedAsync();
        var direct = await server.CreateMigratedDatabaseAsync();
        await PostgresServer.ExecuteAsync(direct, SettableClock);
        return new(direct + ";Search Path=\"fake,pg_catalog,public\"", new CuttableProxy(server.Port));
    }

    public override ILogStore OpenSecond() => Open();

    public ILogStore Open(PostgresLogOptions? options = null)
    {
        var through = new NpgsqlConnectionStringBuilder(_direct) { Port = _proxy.Port };
        Database = PostgresDatabase.Open(PostgresServer.Patient(through.ConnectionString));
        var store = new PostgresLogStore(Database, options ?? new PostgresLogOptions());
        _opened.AddRange([Database, store]);
        return store;
    }

    public override async Task ReopenAsync()
    {
        await CloseAsync();
        Store = Open();
    }

    public override void SetClockBack(TimeSpan by) => Run("UPDATE fake.clock SET late = late + $1", by).GetAwaiter().GetResult();

    public override void BreakNextCommit(bool tookEffect) => _proxy.CutNext(tookEffect);

    public override Task FillDiskAsync() => Run(FullDisk);

    public override Task FreeDiskAsync() => Run("DROP TRIGGER full_disk ON entries");

    public override async Task FlipAsync(LogName log, long position, EntryPart part, int bit)
    {
        var sql = part switch
        {
            EntryPart.Payload => "payload = set_bit(payload, $3 % (8 * length(payload)), 1 - get_bit(payload, $3 % (8 * length(payload))))",
            EntryPart.Hash => "hash = set_bit(hash, $3 % (8 * length(hash)), 1 - get_bit(hash, $3 % (8 * length(hash))))",
            EntryPart.DecidedAt => "decided_at = decided_at # (1::bigint << ($3 % 64)::integer)",
            _ => "fence = fence # (1::bigint << ($3 % 64)::integer)",
        };
        Assert.Equal(1, await Run($"UPDATE entries SET {sql} WHERE position = $2 AND log_id = (SELECT log_id FROM logs WHERE name = $1)", log.Value, position, (long)bit));
    }

    public override async Task RemoveAsync(LogName log, long position) =>
        Assert.Equal(1, await Run("DELETE FROM entries WHERE position = $2 AND log_id = (SELECT log_id FROM logs WHERE name = $1)", log.Value, position));

    /// <summary>Runs a statement behind the store's back.</summary>
    /// <returns>Rows changed.</returns>
    public async Task<int> Run(string sql, params object[] values)
    {
        await using var connection = new NpgsqlConnection(_direct + ";Pooling=false");
        await connection.OpenAsync();
        await using var command = connection.CreateCommand();
#pragma warning disable CA2100 // The tests' own text.
        command.CommandText = sql;
#pragma warning restore CA2100
        foreach (var value in values) command.Parameters.Add(new() { Value = value });
        return await command.ExecuteNonQueryAsync();
    }

    public override async ValueTask DisposeAsync()
    {
        await CloseAsync();
        await _proxy.DisposeAsync();
    }

    private async Task CloseAsync()
    {
        for (var i = _opened.Count - 1; i >= 0; i--) await _opened[i].DisposeAsync();
        _opened.Clear();
    }
}
