using System.Diagnostics;
using Broker.Grains.Logs;
using Broker.Storage.Logs;
using Broker.Storage.Postgres;
using Broker.Storage.Tests.Files;
using Broker.TestKit.Postgres;
using Npgsql;

namespace Broker.Storage.Tests.Logs;

/// <summary>Faults of a whole server, so each test has one of its own.</summary>
public sealed class PostgresServerFaultTests : IAsyncLifetime
{
    private static readonly CancellationToken None = CancellationToken.None;
    private static readonly LogName Log = new("platforms/x/partitions/0");

    private PostgresServer? _server;
    private PostgresDatabase _database = null!;
    private PostgresLogStore _store = null!;
    private string _connection = "";

    public async Task InitializeAsync()
    {
        Skip.If(PostgresBinaries.Directory is null, PostgresBinaries.Missing);
        _server = await PostgresServer.StartAsync();
        _connection = await _server.CreateMigratedDatabaseAsync();
        _database = PostgresDatabase.Open(PostgresServer.Patient(_connection));
        _store = new PostgresLogStore(_database, new PostgresLogOptions());
    }

    public async Task DisposeAsync()
    {
        if (_server is null) return;
        await _store.DisposeAsync();
        await _database.DisposeAsync();
        await _server.DisposeAsync();
    }

    [SkippableFact]
    public async Task What_was_acknowledged_survives_the_kill_of_the_server_and_no_append_is_left_half()
    {
        for (var round = 0; round < 3; round++)
        {
            var writers = await Task.WhenAll(Enumerable.Range(0, 12).Select(number => LogWriter.TakeOverAsync(_store, NameOf(number))));
            var acknowledged = new CountdownEvent(60 + (40 * round));
            var appending = writers.Select((writer, number) => Task.Run(() => AppendUntilItFailsAsync(writer, number, acknowledged))).ToArray();
            await Task.Run(acknowledged.Wait);

            await _server!.KillAsync();
            await Task.WhenAll(appending);
            await _server.StartAgainAsync();

            for (var number = 0; number < writers.Length; number++)
            {
                var head = await _store.TakeOverAsync(NameOf(number), None);
                Assert.Equal(head.LastPosition, await _store.ReadAsync(NameOf(number), 1, None).CountAsync()); // verifies the chain
                Assert.Contains(head.LastPosition, new[] { writers[number].Position, writers[number].Position + EntriesOf(number) });
            }
        }
    }

    [SkippableFact]
    public async Task A_server_that_has_lost_its_synchronous_standby_acknowledges_nothing_not_even_an_append_without_entries()
    {
        var writer = await LogWriter.TakeOverAsync(_store, Log);
        await writer.AppendAsync("one");
        await PostgresServer.ExecuteAsync(_server!.ConnectionString(), "ALTER SYSTEM SET synchronous_standby_names = 'lost'");
        await PostgresServer.ExecuteAsync(_server.ConnectionString(), "SELECT pg_reload_conf()");
        await UntilAsync("SHOW synchronous_standby_names", "lost");

        var append = writer.CheckAsync();
        await UntilAsync("SELECT count(*)::text FROM pg_stat_activity WHERE wait_event = 'SyncRep'", "1");
        Assert.False(append.IsCompleted);

        await PostgresServer.ExecuteAsync(_server.ConnectionString(), "ALTER SYSTEM RESET synchronous_standby_names");
        await PostgresServer.ExecuteAsync(_server.ConnectionString(), "SELECT pg_reload_conf()");
        Assert.Equal(LogAppendOutcome.Appended, (await append).Outcome);
    }

    [SkippableFact]
    public async Task A_store_on_a_full_disk_fails_its_writers_reads_on_and_serves_again_when_there_is_room()
    {
        using var directory = new ScratchDirectory();
        Skip.IfNot(OperatingSystem.IsLinux() && Ran("mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", directory.Path), "No right to mount a small file system here.");
        try
        {
            await File.WriteAllBytesAsync(directory.File("ballast"), new byte[256 << 10]);
            var room = Directory.CreateDirectory(directory.File("room")).FullName;
            PostgresServer.GiveToServer(directory.Path);
            PostgresServer.GiveToServer(room);
            await PostgresServer.ExecuteAsync(_connection, $"CREATE TABLESPACE small LOCATION '{room}'");
            await PostgresServer.ExecuteAsync(_connection, "ALTER TABLE entries SET TABLESPACE small");
            var writer = await LogWriter.TakeOverAsync(_store, Log);

            var failure = await Assert.ThrowsAsync<LogUnavailableException>(async () =>
            {
                while (true) await writer.AppendAsync(new byte[20_000]);
            });

            Assert.False(failure.OutcomeUnknown);
            Assert.Equal(writer.Position, await _store.ReadAsync(Log, 1, None).CountAsync());
            Assert.Equal(LogAppendOutcome.Appended, (await writer.CheckAsync()).Outcome);
            File.Delete(directory.File("ballast"));
            var next = await LogWriter.TakeOverAsync(_store, Log);
            Assert.Equal(writer.Position, next.Head.LastPosition);
            Assert.Equal(LogAppendOutcome.Appended, (await next.AppendAsync("there is room again")).Outcome);
            Assert.Equal(next.Position, await _store.ReadAsync(Log, 1, None).CountAsync());
        }
        finally
        {
            await _server!.StopAsync();
            Ran("umount", directory.Path);
        }
    }

    private static LogName NameOf(int number) => new($"logs/{number:D2}");

    private static int EntriesOf(int number) => (number % 5) + 1;

    private static async Task AppendUntilItFailsAsync(LogWriter writer, int number, CountdownEvent acknowledged)
    {
        var payload = new byte[1 + (number * 1500)];
        try
        {
            while ((await writer.AppendAsync([.. Enumerable.Repeat(payload, EntriesOf(number))])).Outcome == LogAppendOutcome.Appended)
                if (!acknowledged.IsSet) acknowledged.Signal();
        }
        catch (LogUnavailableException)
        {
            return; // The server is gone.
        }

        throw new InvalidOperationException("Nobody else has taken the log over.");
    }

    private static bool Ran(string program, params string[] arguments)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
            process.WaitForExit();
            return process.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false; // There is no such program.
        }
    }

    private async Task UntilAsync(string sql, string answer)
    {
        await using var source = NpgsqlDataSource.Create(_connection + ";Pooling=false");
        while (true)
        {
            await using var command = source.CreateCommand(sql);
            if ((string?)await command.ExecuteScalarAsync() == answer) return;
        }
    }
}
