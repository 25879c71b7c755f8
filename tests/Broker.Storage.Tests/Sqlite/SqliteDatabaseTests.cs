using Broker.Storage.Keys;
using Broker.Storage.Logs;
using Broker.Storage.Sqlite;
using Broker.Storage.Tests.Files;

namespace Broker.Storage.Tests.Sqlite;

public sealed class SqliteDatabaseTests : IDisposable
{
    private static readonly CancellationToken None = CancellationToken.None;
    private static readonly SqliteSchema One = new("test", ["CREATE TABLE facts (id INTEGER PRIMARY KEY, fact TEXT NOT NULL) STRICT"]);

    private readonly ScratchDirectory _directory = new();

    private SqliteSettings Settings => new(_directory.File("test.db")) { BusyTimeout = TimeSpan.FromSeconds(1) };

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData(SqliteSynchronous.Off)]
    [InlineData(SqliteSynchronous.Normal)]
    public async Task A_file_that_would_not_flush_each_commit_is_refused(SqliteSynchronous level)
    {
        var refused = Assert.Throws<StoreRefusedException>(() => SqliteDatabase.Open(Settings with { Synchronous = level }, One));
        Assert.Contains($"synchronous is {level}", refused.Message, StringComparison.Ordinal);

        await SqliteDatabase.Open(Settings, One).DisposeAsync();
    }

    [Theory]
    [InlineData(SqliteSynchronous.Full, 2)]
    [InlineData(SqliteSynchronous.Extra, 3)]
    public async Task The_writer_flushes_each_commit_into_a_write_ahead_log(SqliteSynchronous level, long stored)
    {
        await using var database = SqliteDatabase.Open(Settings with { Synchronous = level }, One);

        Assert.Equal(stored, await database.MaintainAsync(session => Convert.ToInt64(Scalar(session, "PRAGMA synchronous")), None));
        Assert.Equal("wal", await database.MaintainAsync(session => Scalar(session, "PRAGMA journal_mode"), None));
    }

    [Fact]
    public async Task A_newer_schema_is_refused_and_left_intact()
    {
        var two = new SqliteSchema("test", [.. One.Migrations, "CREATE TABLE tomorrow (id INTEGER PRIMARY KEY) STRICT"]);
        await SqliteDatabase.Open(Settings, two).DisposeAsync();
        var before = await File.ReadAllBytesAsync(Settings.Path);

        Assert.Contains("newer version", Assert.Throws<StoreRefusedException>(() => SqliteDatabase.Open(Settings, One)).Message, StringComparison.Ordinal);

        Assert.Equal(before, await File.ReadAllBytesAsync(Settings.Path));
        await SqliteDatabase.Open(Settings, two).DisposeAsync();
    }

    [Fact]
    public async Task An_older_schema_is_migrated_and_keeps_its_content()
    {
        await using (var old = SqliteDatabase.Open(Settings, One)) await InsertAsync(old, 1, "kept");
        var two = new SqliteSchema("test", [.. One.Migrations, "ALTER TABLE facts ADD COLUMN source TEXT NOT NULL DEFAULT 'old'"]);

        await using var database = SqliteDatabase.Open(Settings, two);

        Assert.Equal("kept/old", await database.ReadAsync(session => Scalar(session, "SELECT fact || '/' || source FROM facts"), None));
    }

    [Fact]
    public async Task A_migration_that_fails_changes_nothing()
    {
        await using (var old = SqliteDatabase.Open(Settings, One)) await InsertAsync(old, 1, "kept");
        var broken = new SqliteSchema("test", [.. One.Migrations, "DELETE FROM facts", "ALTER TABLE missing ADD COLUMN x TEXT"]);

        Assert.Throws<StoreRefusedException>(() => SqliteDatabase.Open(Settings, broken));

        await using var database = SqliteDatabase.Open(Settings, One);
        Assert.Equal(["kept"], await FactsAsync(database));
    }

    [Fact]
    public async Task A_file_of_another_kind_is_refused_by_name()
    {
        var settings = new SqliteSettings(_directory.File("keys.db"));
        await SqliteUserKeyStore.Open(settings, new SystemEntropy()).DisposeAsync();

        var refused = Assert.Throws<StoreRefusedException>(() => LogsDatabase.Open(settings));

        Assert.Contains("'keys', not 'logs'", refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("These are the minutes of a meeting, not a database; they are longer than a header of SQLite, which has 100 bytes, is.")]
    [InlineData("SQLite format 3\0 and then something else altogether, which no header of one hundred bytes would hold there..")]
    public void A_file_that_is_no_database_is_refused_and_left_intact(string content)
    {
        File.WriteAllText(Settings.Path, content);

        Assert.Contains(Settings.Path, Assert.Throws<StoreRefusedException>(() => SqliteDatabase.Open(Settings, One)).Message, StringComparison.Ordinal);

        Assert.Equal(content, File.ReadAllText(Settings.Path));
    }

    [Fact]
    public void A_directory_in_the_files_place_or_a_missing_one_is_refused()
    {
        Assert.Throws<StoreRefusedException>(() => SqliteDatabase.Open(Settings with { Path = _directory.Path }, One));
        Assert.Throws<StoreRefusedException>(() => SqliteDatabase.Open(Settings with { Path = _directory.File("missing/test.db") }, One));
    }

    [Fact]
    public async Task Work_that_throws_is_undone_alone_and_throws_its_own_exception()
    {
        await using var database = SqliteDatabase.Open(Settings, One);

        var before = InsertAsync(database, 1, "before");
        var failing = database.WriteAsync<int>(
            session =>
            {
                session.Execute("INSERT INTO facts VALUES (2, 'undone')");
                throw new InvalidOperationException("by itself");
            },
            None);
        var after = InsertAsync(database, 3, "after");

        Assert.Equal("by itself", (await Assert.ThrowsAsync<InvalidOperationException>(() => failing)).Message);
        await Task.WhenAll(before, after);
        Assert.Equal(["before", "after"], await FactsAsync(database));
    }

    [Fact]
    public async Task A_statement_that_the_schema_refuses_is_a_definite_failure()
    {
        await using var database = SqliteDatabase.Open(Settings, One);
        await InsertAsync(database, 1, "first");

        Assert.False((await Assert.ThrowsAsync<StoreWriteException>(() => InsertAsync(database, 1, "second"))).OutcomeUnknown);

        Assert.Equal(["first"], await FactsAsync(database));
    }

    [Fact]
    public async Task A_failed_commit_fails_all_that_travelled_in_it_and_the_next_one_is_served()
    {
        await using var database = SqliteDatabase.Open(Settings, One);
        database.OnCommit = step => throw new IOException($"{step}");

        foreach (var id in new[] { 1, 2 })
            Assert.True((await Assert.ThrowsAsync<StoreWriteException>(() => InsertAsync(database, id, "lost"))).OutcomeUnknown);

        database.OnCommit = null;
        await InsertAsync(database, 3, "kept");
        Assert.Equal(["kept"], await FactsAsync(database));
    }

    [Fact]
    public async Task A_writer_that_another_process_locks_out_says_that_nothing_was_written()
    {
        await using var ours = SqliteDatabase.Open(Settings, One);
        await using var theirs = SqliteDatabase.Open(Settings, One);
        var (locked, release) = (new TaskCompletionSource(), new TaskCompletionSource());
        var locking = theirs.WriteAsync(
            session =>
            {
                session.Execute("INSERT INTO facts VALUES (1, 'theirs')");
                locked.SetResult();
                release.Task.GetAwaiter().GetResult();
                return 0;
            },
            None);
        await locked.Task;

        var failure = await Assert.ThrowsAsync<StoreWriteException>(() => InsertAsync(ours, 2, "ours"));

        Assert.False(failure.OutcomeUnknown);
        release.SetResult();
        await locking;
        await InsertAsync(ours, 2, "ours");
        Assert.Equal(["theirs", "ours"], await FactsAsync(ours));
    }

    [Fact]
    public async Task Readers_see_what_was_committed_while_the_writer_is_at_work()
    {
        await using var database = SqliteDatabase.Open(Settings, One);
        await InsertAsync(database, 1, "first");
        var (inside, leave) = (new TaskCompletionSource(), new TaskCompletionSource());
        var writing = database.WriteAsync(
            session =>
            {
                session.Execute("INSERT INTO facts VALUES (2, 'second')");
                inside.SetResult();
                leave.Task.GetAwaiter().GetResult();
                return 0;
            },
            None);
        await inside.Task;

        Assert.Equal(["first"], await FactsAsync(database));
        leave.SetResult();
        await writing;
        Assert.Equal(["first", "second"], await FactsAsync(database));
    }

    [Fact]
    public async Task A_reader_cannot_write()
    {
        await using var database = SqliteDatabase.Open(Settings, One);

        await Assert.ThrowsAnyAsync<Microsoft.Data.Sqlite.SqliteException>(
            () => database.ReadAsync(session => session.Execute("INSERT INTO facts VALUES (1, 'sneaked in')"), None));

        Assert.Empty(await FactsAsync(database));
    }

    private static Task<int> InsertAsync(SqliteDatabase database, long id, string fact) =>
        database.WriteAsync(session => session.Execute("INSERT INTO facts VALUES ($1, $2)", id, fact), None);

    private static Task<List<string>> FactsAsync(SqliteDatabase database) => database.ReadAsync(
        session =>
        {
            var facts = new List<string>();
            using var rows = session.Query("SELECT fact FROM facts ORDER BY id");
            while (rows.Read()) facts.Add(rows.GetString(0));
            return facts;
        },
        None);

    private static string Scalar(SqliteSession session, string sql)
    {
        using var row = session.Query(sql);
        return row.Read() ? row.GetString(0) : "";
    }
}
