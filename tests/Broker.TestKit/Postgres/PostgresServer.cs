using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Broker.Storage.Migrations;
using Broker.Storage.Postgres;
using Npgsql;

namespace Broker.TestKit.Postgres;

/// <summary>A PostgreSQL server of the tests' own, in a temporary directory, that flushes as a real one does. It goes with the
/// process that started it, whatever becomes of that.</summary>
public sealed class PostgresServer : IAsyncDisposable
{
    private const string User = "broker";
    private const string Password = "for tests only";
    private const int StartsMax = 50;

    private static readonly Lazy<Task<PostgresServer>> SharedServer = new(() => StartAsync());

    private readonly string _directory;
    private string[] _settings;
    private readonly Lazy<Task<string>> _migrated;
    private PostgresProcess? _process;
    private int _databases;

    private PostgresServer(string directory, string[] settings)
    {
        (_directory, _settings) = (directory, settings);
        _migrated = new(CreateTemplateAsync);
    }

    /// <summary>The TCP port on 127.0.0.1; the same after a restart.</summary>
    public int Port { get; private set; }

    /// <summary>The directory of its Unix socket.</summary>
    public string SocketDirectory => _directory;

    /// <summary>The server that a test assembly shares, started when first asked for. Only for tests that neither kill nor change it.</summary>
    /// <remarks>Ask <see cref="PostgresBinaries.Directory"/> first, and skip where it is null.</remarks>
    public static Task<PostgresServer> SharedAsync() => SharedServer.Value;

    /// <summary>Makes a server and starts it.</summary>
    /// <param name="settings">Settings of postgresql.conf as <c>name=value</c>.</param>
    public static async Task<PostgresServer> StartAsync(params string[] settings)
    {
        var directory = PostgresProcess.MakeDirectory();
        await PostgresProcess.InitializeAsync(directory, User, Password);
        var server = new PostgresServer(directory, settings);
        await server.StartAgainAsync();
        return server;
    }

    /// <summary>How to connect to one of its databases.</summary>
    public string ConnectionString(string database = "postgres") =>
        $"Host=127.0.0.1;Port={Port};Database={database};Username={User};Password={Password};Timeout=300;Command Timeout=300";

    /// <summary>Settings for a store of the tests: a machine that stands still for a minute fails none of them.</summary>
    public static PostgresSettings Patient(string connectionString) => new(connectionString)
    {
        ConnectionsMin = 0,
        ConnectTimeout = TimeSpan.FromMinutes(1),
        CommandTimeout = TimeSpan.FromMinutes(5),
    };

    /// <summary>Makes an empty database.</summary>
    /// <returns>How to connect to it.</returns>
    public Task<string> CreateDatabaseAsync() => CreateDatabaseAsync("template1");

    /// <summary>Makes a database with the schemas of the logs and of the keys.</summary>
    /// <returns>How to connect to it.</returns>
    public async Task<string> CreateMigratedDatabaseAsync() => await CreateDatabaseAsync(await _migrated.Value);

    /// <summary>Makes the server's user the owner of a directory, so that it can write there.</summary>
    public static void GiveToServer(string directory) => PostgresProcess.GiveToServer(directory);

    /// <summary>Runs a statement as the server's superuser.</summary>
    public static async Task ExecuteAsync(string connectionString, string sql)
    {
        await using var connection = new NpgsqlConnection(connectionString + ";Pooling=false");
        await connection.OpenAsync();
        await using var command = connection.CreateCommand();
#pragma warning disable CA2100 // The tests' own text.
        command.CommandText = sql;
#pragma warning restore CA2100
        await command.ExecuteNonQueryAsync();
    }

    /// <summary>Kills the server and all its processes at once (SIGKILL), as a crash of the machine would leave them.</summary>
    public async Task KillAsync() => await _process!.KillAsync();

    /// <summary>Stops it in order.</summary>
    public async Task StopAsync() => await _process!.StopAsync();

    /// <summary>Starts it after a kill or a stop, on the same port; it has recovered and takes connections when this returns.</summary>
    public async Task StartAgainAsync()
    {
        for (var start = 1; ; start++)
        {
            var port = Port == 0 ? FreePort() : Port;
            _process = await PostgresProcess.StartAsync(_directory, port, _settings);
            if (await _process.IsReadyAsync())
            {
                Port = port;
                return;
            }

            // The port was taken in between, or processes of the killed server are still going.
            if (start == StartsMax) throw new InvalidOperationException($"PostgreSQL does not start: {_process.Said}");
            await _process.StopAsync();
        }
    }

    /// <summary>Stops it and starts it as a restore or a failover would: its history branches off to a new timeline here.</summary>
    public async Task StartOnNewTimelineAsync()
    {
        await StopAsync();
        await File.WriteAllTextAsync(Path.Combine(_directory, "data", "recovery.signal"), "");
        PostgresProcess.GiveToServer(Path.Combine(_directory, "data", "recovery.signal"));
        _settings = [.. _settings, "restore_command=false"];
        await StartAgainAsync();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_process is not null) await _process.StopAsync();
        PostgresProcess.RemoveDirectory(_directory);
    }

    private async Task<string> CreateDatabaseAsync(string template)
    {
        var name = string.Create(CultureInfo.InvariantCulture, $"test_{Interlocked.Increment(ref _databases)}");
        await ExecuteAsync(ConnectionString(), $"CREATE DATABASE {name} TEMPLATE {template}");
        return ConnectionString(name);
    }

    private async Task<string> CreateTemplateAsync()
    {
        await ExecuteAsync(ConnectionString(), "CREATE DATABASE migrated");
        var settings = Patient(ConnectionString("migrated"));
        await ClusterSchema.MigrateLogsAsync(settings, CancellationToken.None);
        await ClusterSchema.MigrateKeysAsync(settings, CancellationToken.None);
        return "migrated";
    }

    /// <summary>A port below those that the system gives to outgoing connections, so that none takes it while the server restarts.</summary>
    private static int FreePort()
    {
        while (true)
        {
            var port = Random.Shared.Next(15_000, 32_000);
            try
            {
                using var listener = new TcpListener(IPAddress.Loopback, port);
                listener.Start();
                return port;
            }
            catch (SocketException)
            {
                // Taken: try another.
            }
        }
    }
}
