using Broker.Grains.Logs;
using Broker.Storage.Logs;
using Broker.Storage.Sqlite;
using Broker.Storage.Tests.Files;
using CsCheck;

namespace Broker.Storage.Tests.Logs;

/// <summary>Goal: a power cut loses nothing that was acknowledged, and leaves no half of an append. Method: the file and
/// its write-ahead log are copied as a crash may leave them (the log cut, zeroed or scribbled from any byte on); what was
/// acknowledged while the log was no longer than that must be there.</summary>
public sealed class TornWriteTests : IAsyncLifetime
{
    private static readonly CancellationToken None = CancellationToken.None;
    private static readonly LogName[] Logs = [new("platforms/x/partitions/0"), new("platforms/x/deals/a")];

    private readonly ScratchDirectory _directory = new();
    private readonly List<Acknowledged> _acknowledged = [];
    private long _writeAheadBytes;
    private int _copies;

    private enum Tail
    {
        Cut,
        Zeroed,
        Scribbled,
    }

    private string Copied => _directory.File("copied.db");

    /// <summary>Appends of 1 to 5 entries, alone and in common transactions, some of them in the file and some in the log only.</summary>
    public async Task InitializeAsync()
    {
        var path = _directory.File("logs.db");
        await using var database = LogsDatabase.Open(new SqliteSettings(path) { CheckpointEveryPages = 0 });
        var store = new SqliteLogStore(database, TimeProvider.System);
        var writers = await Task.WhenAll(Logs.Select(log => LogWriter.TakeOverAsync(store, log)));
        var random = new Random(7);

        for (var round = 0; round < 40; round++)
        {
            if (round == 15) await database.MaintainAsync(CopyIntoFile, None);
            var appending = writers.Where((_, log) => round % 3 != log).Select(writer => writer.AppendAsync(Payloads(random))).ToArray();
            Assert.All(await Task.WhenAll(appending), answer => Assert.Equal(LogAppendOutcome.Appended, answer.Outcome));
            _acknowledged.Add(new(round < 15 ? 0 : new FileInfo(path + "-wal").Length, [.. writers.Select(writer => writer.Position)]));
        }

        Copy(path, Copied);
        Copy(path + "-wal", Copied + "-wal");
        _writeAheadBytes = new FileInfo(Copied + "-wal").Length;
    }

    public Task DisposeAsync()
    {
        _directory.Dispose();
        return Task.CompletedTask;
    }

    [Fact]
    public Task What_was_acknowledged_survives_a_torn_write_and_no_append_is_left_half() =>
        Gen.Select(Gen.Long[0, _writeAheadBytes], Gen.Enum<Tail>()).SampleAsync(
            (intact, tail) => CheckAsync(intact, tail), iter: 60, threads: 1);

    [Fact]
    public async Task Nothing_is_missing_where_nothing_was_torn() => Assert.Equal(_acknowledged[^1].Positions, await CheckAsync(_writeAheadBytes, Tail.Cut));

    [Fact]
    public async Task What_was_copied_into_the_file_survives_the_loss_of_the_whole_write_ahead_log() =>
        Assert.Equal(_acknowledged[14].Positions, await CheckAsync(0, Tail.Cut));

    private static byte[][] Payloads(Random random) => [.. Enumerable.Range(0, random.Next(1, 6)).Select(_ => RandomBytes(random))];

    private static byte[] RandomBytes(Random random)
    {
        var bytes = new byte[random.Next(10, 9000)];
        random.NextBytes(bytes);
        return bytes;
    }

    private static bool CopyIntoFile(SqliteSession session)
    {
        using var row = session.Query("PRAGMA wal_checkpoint(TRUNCATE)");
        return row.Read() && row.GetInt32(0) == 0;
    }

    private static void Copy(string from, string to)
    {
        using var source = new FileStream(from, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        using var target = new FileStream(to, FileMode.Create);
        source.CopyTo(target);
    }

    private static void Tear(string path, long intact, Tail tail)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.ReadWrite);
        if (tail == Tail.Cut)
        {
            file.SetLength(intact);
            return;
        }

        var torn = new byte[file.Length - intact];
        if (tail == Tail.Scribbled) new Random((int)intact).NextBytes(torn);
        file.Position = intact;
        file.Write(torn);
    }

    private async Task<long[]> CheckAsync(long intact, Tail tail)
    {
        var path = _directory.File($"torn-{_copies++}.db");
        File.Copy(Copied, path);
        File.Copy(Copied + "-wal", path + "-wal");
        Tear(path + "-wal", intact, tail);

        await using var database = LogsDatabase.Open(new SqliteSettings(path));
        var store = new SqliteLogStore(database, TimeProvider.System);
        var found = new long[Logs.Length];
        for (var log = 0; log < Logs.Length; log++)
        {
            var head = await store.TakeOverAsync(Logs[log], None);
            found[log] = await store.ReadAsync(Logs[log], 1, None).CountAsync(); // verifies the chain
            Assert.Equal(head.LastPosition, found[log]);
            Assert.Contains(_acknowledged.Select(boundary => boundary.Positions[log]).Prepend(0), end => end == found[log]);
            Assert.True(_acknowledged.Where(acknowledged => acknowledged.WriteAheadBytes <= intact).All(acknowledged => acknowledged.Positions[log] <= found[log]));
            Assert.Equal(LogAppendOutcome.Appended, (await new LogWriter(store, Logs[log], head).AppendAsync("after the crash")).Outcome);
        }

        return found;
    }

    /// <summary>Where the logs ended when the write-ahead log was so long; 0 bytes where the file itself holds it.</summary>
    private sealed record Acknowledged(long WriteAheadBytes, long[] Positions);
}
