using Broker.Domain;
using Broker.Domain.Restores;
using Broker.Grains.Logs;
using Broker.Storage.Logs;
using Broker.Storage.Objects.Directory;
using Broker.Storage.Postgres;
using Broker.Storage.Tests.Files;
using Broker.TestKit.Postgres;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Npgsql;

namespace Broker.Storage.Tests.Logs;

/// <summary>A database that is put back to an older state is noticed, because the logs' marks lie elsewhere.</summary>
public sealed class PostgresRestoreTests : IAsyncLifetime
{
    private static readonly CancellationToken None = CancellationToken.None;
    private static readonly LogName Log = new("platforms/x/deals/a");

    private readonly ScratchDirectory _directory = new();
    private readonly LogMeter _meter = new();
    private PostgresServer? _server;

    public async Task InitializeAsync()
    {
        Skip.If(PostgresBinaries.Directory is null, PostgresBinaries.Missing);
        _server = await PostgresServer.StartAsync();
    }

    public async Task DisposeAsync()
    {
        if (_server is not null) await _server.DisposeAsync();
        _meter.Dispose();
        _directory.Dispose();
    }

    [SkippableFact]
    public async Task A_backup_that_lacks_what_was_acknowledged_is_held_until_it_is_reconciled()
    {
        var live = await _server!.CreateMigratedDatabaseAsync();
        await UseAsync(live, machine => AppendAsync(machine, 3));
        await PostgresServer.ExecuteAsync(_server.ConnectionString(), $"CREATE DATABASE backup TEMPLATE {new NpgsqlConnectionStringBuilder(live).Database}");
        var backup = _server.ConnectionString("backup");
        await UseAsync(live, machine => AppendAsync(machine, 2));

        await UseAsync(backup, async machine =>
        {
            Assert.Equal((RestoreGapKind.Behind, 5, 3), (machine.Gap!.Kind, machine.Gap.Expected.Position, machine.Gap.Found.Position));
            Assert.Equal(RefusalReason.RestoreUnreconciled, machine.Hold!.Reason);
            await AppendAsync(machine, 4); // it takes what does no harm
        });
        await UseAsync(backup, async machine =>
        {
            Assert.Equal(RestoreGapKind.OtherHistory, machine.Gap!.Kind);
            Assert.NotNull(await machine.ReconcileAsync("ann", None));
            await AppendAsync(machine, 1);
        });
        await UseAsync(backup, machine =>
        {
            Assert.Null(machine.Hold);
            Assert.Equal((9, 8), (machine.LastPosition, machine.State)); // one entry is the reconciliation
            return Task.CompletedTask;
        });
    }

    [SkippableFact]
    public async Task A_server_on_a_new_timeline_is_held_though_its_logs_are_whole()
    {
        var live = await _server!.CreateMigratedDatabaseAsync();
        await UseAsync(live, machine => AppendAsync(machine, 2));
        await UseAsync(live, machine =>
        {
            Assert.Null(machine.Hold);
            return Task.CompletedTask;
        });

        await _server.StartOnNewTimelineAsync();

        await UseAsync(live, async machine =>
        {
            Assert.Equal((RestoreGapKind.OtherStore, 2), (machine.Gap!.Kind, machine.LastPosition));
            await machine.ReconcileAsync("ann", None);
            Assert.Null(machine.Hold);
        });
    }

    [SkippableFact]
    public async Task An_activation_that_outlives_a_failover_or_a_restart_writes_nothing_more()
    {
        var live = await _server!.CreateMigratedDatabaseAsync();
        foreach (var isFailover in new[] { false, true })
        {
            await using var idle = await ActivateAsync(live);
            await AppendAsync(idle.Machine, 2);

            if (isFailover) await _server.StartOnNewTimelineAsync();
            else await StartAnewAsync();
            idle.Database.Source.Clear(); // a broken connection would fail it too, and there need not be one

            await Assert.ThrowsAsync<LogFencedException>(() => idle.Machine.ReconcileAsync("ann", None));
            await using var next = await ActivateAsync(live);
            Assert.Equal(isFailover ? RestoreGapKind.OtherStore : (RestoreGapKind?)null, next.Machine.Gap?.Kind);
        }
    }

    [SkippableFact]
    public async Task An_activation_from_before_a_take_over_that_the_backup_lacks_does_not_go_on_in_it()
    {
        var live = await _server!.CreateMigratedDatabaseAsync();
        var name = new NpgsqlConnectionStringBuilder(live).Database;
        await using var paused = await ActivateAsync(live);
        await AppendAsync(paused.Machine, 3);
        paused.Database.Source.Clear();
        await PostgresServer.ExecuteAsync(_server.ConnectionString(), $"CREATE DATABASE before TEMPLATE {name}");
        await UseAsync(live, machine => AppendAsync(machine, 1)); // another has taken it over: this withdrawal is acknowledged

        await PostgresServer.ExecuteAsync(_server.ConnectionString(), $"DROP DATABASE {name} WITH (FORCE)");
        await PostgresServer.ExecuteAsync(_server.ConnectionString(), $"ALTER DATABASE before RENAME TO {name}");

        await Assert.ThrowsAsync<LogFencedException>(() => AppendAsync(paused.Machine, 1));
        await UseAsync(live, machine =>
        {
            Assert.Equal((RestoreGapKind.Behind, 4, 3), (machine.Gap!.Kind, machine.Gap.Expected.Position, machine.Gap.Found.Position));
            return Task.CompletedTask;
        });
    }

    private async Task StartAnewAsync()
    {
        await _server!.StopAsync();
        await _server.StartAgainAsync();
    }

    private static async Task AppendAsync(LogMachine<int, byte> machine, int events)
    {
        for (var i = 0; i < events; i++) Assert.Null(await machine.ExecuteAsync(static (_, _) => Decision<byte>.Of(1)));
    }

    /// <summary>One activation over a database: taken over, replayed, used and stopped in order.</summary>
    private async Task UseAsync(string connection, Func<LogMachine<int, byte>, Task> use)
    {
        await using var activation = await ActivateAsync(connection);
        await use(activation.Machine);
        await activation.Machine.StopAsync();
    }

    private async Task<Activation> ActivateAsync(string connection)
    {
        var database = PostgresDatabase.Open(PostgresServer.Patient(connection));
        var store = new PostgresLogStore(database, new PostgresLogOptions());
        var services = new LogServices(store, null, new FakeTimeProvider(), new LogOptions(), _meter, NullLoggerFactory.Instance)
        {
            Marks = new ObjectLogMarks(new DirectoryObjectStore(_directory.Path)),
        };
        var machine = new LogMachine<int, byte>(Log, ByteLog.Definition, services);
        await machine.TakeOverAsync(None);
        await machine.ReplayAsync(None);
        return new Activation(database, store, machine);
    }

    private sealed record Activation(PostgresDatabase Database, PostgresLogStore Store, LogMachine<int, byte> Machine) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync()
        {
            await Store.DisposeAsync();
            await Database.DisposeAsync();
        }
    }
}
