using Broker.Grains.Logs;
using Broker.Storage.Logs;
using Broker.Storage.Sqlite;
using Broker.Storage.Tests.Files;

namespace Broker.Storage.Tests.Logs;

/// <summary>A file system of a megabyte that really is full. Needs the right to mount one.</summary>
public sealed class FullDiskTests : IDisposable
{
    private static readonly CancellationToken None = CancellationToken.None;
    private static readonly LogName Log = new("platforms/x/partitions/0");

    private readonly SmallDisk _directory = new();

    public void Dispose() => _directory.Dispose();

    [SkippableFact]
    public async Task A_store_on_a_full_disk_fails_its_writers_reads_on_and_serves_again_when_there_is_room()
    {
        Skip.IfNot(_directory.IsMounted, "No right to mount a small file system here.");
        await File.WriteAllBytesAsync(_directory.File("ballast"), new byte[128 << 10]);
        await using var database = LogsDatabase.Open(new SqliteSettings(_directory.File("logs.db")));
        var store = new SqliteLogStore(database, TimeProvider.System);
        var writer = await LogWriter.TakeOverAsync(store, Log);

        await Assert.ThrowsAsync<LogUnavailableException>(async () =>
        {
            while (true) await writer.AppendAsync(new byte[20_000]);
        });

        Assert.Equal(writer.Position, await store.ReadAsync(Log, 1, None).CountAsync());
        await Assert.ThrowsAsync<LogUnavailableException>(() => writer.AppendAsync(new byte[900_000]));
        File.Delete(_directory.File("ballast"));
        var next = await LogWriter.TakeOverAsync(store, Log);
        Assert.Equal(writer.Position, next.Head.LastPosition);
        Assert.Equal(LogAppendOutcome.Appended, (await next.AppendAsync("there is room again")).Outcome);
        Assert.Equal(next.Position, await store.ReadAsync(Log, 1, None).CountAsync());
    }
}
