using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace Broker.TestKit.Postgres;

/// <summary>The server's process and its keeper: a shell that ends the server when its own input closes, which happens
/// however the tests end.</summary>
internal sealed class PostgresProcess
{
    /// <summary>PostgreSQL refuses to run as root.</summary>
    private const string Unprivileged = "65534";

    // Told a word, it stops the server; told nothing before its input closes, the tests are gone, and the directory goes too.
    private const string Keeper =
        """
        exec 3<&0
        directory=$1; shift
        setsid "$@" </dev/null 3<&- &
        p=$!
        echo $p
        exec >/dev/null 2>/dev/null
        if read -r _ <&3; then kill -INT $p; wait $p
        else kill -INT $p; wait $p; rm -rf "$directory"; fi
        """;

    private readonly Process _keeper;
    private readonly TaskCompletionSource<bool> _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly StringBuilder _said = new();
    private readonly Task _reading;
    private int _serverId;

    private PostgresProcess(Process keeper)
    {
        _keeper = keeper;
        _reading = ReadAsync();
    }

    /// <summary>What it wrote to its log.</summary>
    public string Said
    {
        get
        {
            lock (_said) return _said.ToString();
        }
    }

    /// <summary>Makes a directory that the server's user owns.</summary>
    public static string MakeDirectory()
    {
        var directory = Directory.CreateTempSubdirectory("broker-postgres-").FullName;
        GiveToServer(directory);
        return directory;
    }

    /// <summary>Makes the server's user the owner of a file or directory.</summary>
    public static void GiveToServer(string path)
    {
        if (Environment.IsPrivilegedProcess) Run("chown", $"{Unprivileged}:{Unprivileged}", path);
    }

    public static void RemoveDirectory(string directory) => Directory.Delete(directory, recursive: true);

    public static async Task InitializeAsync(string directory, string user, string password)
    {
        var passwordFile = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        await File.WriteAllTextAsync(passwordFile, password);
        try
        {
            var start = AsServer(Path.Combine(PostgresBinaries.Directory!, "initdb"),
                "-D", Data(directory), "-U", user, "--pwfile", passwordFile, "--auth-host=scram-sha-256", "--auth-local=trust",
                "-E", "UTF8", "--locale=C", "--no-sync", "--no-instructions");
            using var process = Process.Start(start)!;
            var errors = process.StandardError.ReadToEndAsync();
            await process.StandardOutput.ReadToEndAsync();
            await process.WaitForExitAsync();
            if (process.ExitCode != 0) throw new InvalidOperationException($"initdb failed: {await errors}");
        }
        finally
        {
            File.Delete(passwordFile);
        }
    }

    public static async Task<PostgresProcess> StartAsync(string directory, int port, IEnumerable<string> settings)
    {
        string[] server =
        [
            Path.Combine(PostgresBinaries.Directory!, "postgres"), "-D", Data(directory), "-h", "127.0.0.1",
            "-p", port.ToString(CultureInfo.InvariantCulture), "-k", directory,
            "-c", "max_connections=200", "-c", "shared_buffers=32MB", "-c", "log_statement=none", "-c", "lc_messages=C",
            .. settings.SelectMany(setting => new[] { "-c", setting }),
        ];
        var start = AsServer("/bin/sh", ["-c", Keeper, "keeper", directory, .. server]);
        start.RedirectStandardInput = true;
        var keeper = Process.Start(start)!;
        var process = new PostgresProcess(keeper);
        var id = await keeper.StandardOutput.ReadLineAsync();
        process._serverId = id is null ? 0 : int.Parse(id, CultureInfo.InvariantCulture);
        return process;
    }

    /// <summary>Whether it takes connections; false where it ended instead.</summary>
    public Task<bool> IsReadyAsync() => _ready.Task;

    /// <summary>All its processes at once: those that outlive the first one would still finish, and answer.</summary>
    public Task KillAsync()
    {
        if (_serverId > 0)
        {
            var children = File.ReadAllText($"/proc/{_serverId}/task/{_serverId}/children");
            Run("/bin/sh", "-c", $"kill -KILL {_serverId} {children} 2>/dev/null || true");
        }

        return StopAsync();
    }

    public async Task StopAsync()
    {
        if (!_keeper.HasExited) await _keeper.StandardInput.WriteLineAsync("stop");
        _keeper.StandardInput.Close();
        await _keeper.WaitForExitAsync();
        await _reading;
    }

    private async Task ReadAsync()
    {
        while (await _keeper.StandardError.ReadLineAsync() is { } line)
        {
            lock (_said) _said.AppendLine(line);
            if (line.Contains("database system is ready to accept connections", StringComparison.Ordinal)) _ready.TrySetResult(true);
        }

        _ready.TrySetResult(false);
    }

    private static string Data(string directory) => Path.Combine(directory, "data");

    private static ProcessStartInfo AsServer(string program, params string[] arguments)
    {
        string[] drop = Environment.IsPrivilegedProcess ? ["setpriv", "--reuid", Unprivileged, "--regid", Unprivileged, "--clear-groups", "--", program] : [program];
        var start = new ProcessStartInfo(drop[0], [.. drop[1..], .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = "/" };
        start.Environment["LC_ALL"] = "C";
        return start;
    }


    private static void Run(string program, params string[] arguments)
    {
        using var process = Process.Start(program, arguments);
        process.WaitForExit();
        if (process.ExitCode != 0) throw new InvalidOperationException($"{program} {string.Join(' ', arguments)} failed.");
    }
}
