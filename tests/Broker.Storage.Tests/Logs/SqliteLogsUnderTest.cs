using System.Globalization;
using Broker.Grains.Logs;
using Broker.Storage.Logs;
using Broker.Storage.Sqlite;
using Broker.Storage.Tests.Files;

namespace Broker.Storage.Tests.Logs;

/// <summary>The embedded node's store, on a file of its own.</summary>
internal sealed class SqliteLogsUnderTest : LogStoreUnderTest
{
    private const long PagesMaxOfSqlite = 4_294_967_294;

    private readonly ScratchDirectory _directory = new();
    private readonly SettableClock _clock = new();
    private readonly List<SqliteDatabase> _seconds = [];

    public SqliteLogsUnderTest() => Open();

    public SqliteDatabase Database { get; private set; } = null!;

    public SqliteSettings Settings => new(_directory.File("logs.db"));

    public SettableClock Clock => _clock;

    public override ILogStore Store { get; protected set; } = null!;

    public override ILogStore OpenSecond()
    {
        _seconds.Add(LogsDatabase.Open(Settings));
        return new SqliteLogStore(_seconds[^1], _clock);
    }

    public override async Task ReopenAsync()
    {
        await CloseAsync();
        Open();
    }

    public override void SetClockBack(TimeSpan by) => _clock.UtcNow -= by;

    public override void BreakNextCommit(bool tookEffect) => Database.OnCommit = step =>
    {
        if (step != (tookEffect ? CommitStep.After : CommitStep.Before)) return;
        Database.OnCommit = null;
        throw new IOException("The disk went away.");
    };

    public override Task FillDiskAsync() => LeaveRoomAsync(pages: 0);

    /// <summary>Only so many more pages of 4 KiB fit.</summary>
    public Task LeaveRoomAsync(int pages) => Database.MaintainAsync(
        session =>
        {
            using var row = session.Query("PRAGMA page_count");
            return row.Read() ? SetPagesMax(session, row.GetInt64(0) + pages) : 0;
        },
        CancellationToken.None);

    public override Task FreeDiskAsync() => Database.MaintainAsync(session => SetPagesMax(session, PagesMaxOfSqlite), CancellationToken.None);

    public override Task FlipAsync(LogName log, long position, EntryPart part, int bit) => Database.WriteAsync(
        session =>
        {
            var key = KeyOf(session, log, position);
            object value;
            using (var row = session.Query("SELECT payload, hash, decided_at, fence FROM entries WHERE entry_key = $1", key))
            {
                Assert.True(row.Read());
                value = part is EntryPart.Payload or EntryPart.Hash
                    ? Flipped(row.GetFieldValue<byte[]>((int)part - 1), bit)
                    : row.GetInt64((int)part - 1) ^ (1L << (bit % 64));
            }

            return session.Execute(UpdateOf(part), value, key);
        },
        CancellationToken.None);

    public override Task RemoveAsync(LogName log, long position) => Database.WriteAsync(
        session => session.Execute("DELETE FROM entries WHERE entry_key = $1", KeyOf(session, log, position)), CancellationToken.None);

    public override async ValueTask DisposeAsync()
    {
        await CloseAsync();
        _directory.Dispose();
    }

    private static long KeyOf(SqliteSession session, LogName log, long position)
    {
        using var row = session.Query("SELECT log_id FROM logs WHERE name = $1", log.Value);
        Assert.True(row.Read());
        return LogReader.KeyOf(row.GetInt64(0), position);
    }

    private static string UpdateOf(EntryPart part) => part switch
    {
        EntryPart.Payload => "UPDATE entries SET payload = $1 WHERE entry_key = $2",
        EntryPart.Hash => "UPDATE entries SET hash = $1 WHERE entry_key = $2",
        EntryPart.DecidedAt => "UPDATE entries SET decided_at = $1 WHERE entry_key = $2",
        _ => "UPDATE entries SET fence = $1 WHERE entry_key = $2",
    };

    private static byte[] Flipped(byte[] bytes, int bit)
    {
        bytes[bit / 8 % bytes.Length] ^= (byte)(1 << (bit % 8));
        return bytes;
    }

    private static long SetPagesMax(SqliteSession session, long pages)
    {
        using var row = session.Query(string.Create(CultureInfo.InvariantCulture, $"PRAGMA max_page_count = {pages}"));
        return row.Read() ? row.GetInt64(0) : 0;
    }

    private void Open()
    {
        Database = LogsDatabase.Open(Settings);
        Store = new SqliteLogStore(Database, _clock);
    }

    private async Task CloseAsync()
    {
        foreach (var second in _seconds) await second.DisposeAsync();
        _seconds.Clear();
        await Database.DisposeAsync();
    }
}
