using System.Diagnostics;
using System.Text.RegularExpressions;
using Amazon.Runtime;
using Broker.Storage.Objects.S3;
using Broker.TestKit.Nodes;

namespace Broker.TestKit.S3;

/// <summary>A foreign S3 server: npm's s3rver, in a process of its own, over a directory of its own.</summary>
public sealed partial class S3Server : IAsyncDisposable
{
    private const string Key = "S3RVER"; // s3rver's only account, and its secret

    private readonly TemporaryDirectory _directory = new();
    private readonly bool _honoursConditions;
    private Process? _process;

    private S3Server(bool honoursConditions) => _honoursConditions = honoursConditions;

    /// <summary>Its only bucket.</summary>
    public const string Bucket = "broker-test";

    /// <summary>Why none can be started here, or null. With CI=true one must be there.</summary>
    public static string? WhyAbsent =>
        Environment.GetEnvironmentVariable("CI") == "true" || Directory.Exists(Library) ? null : "npm's s3rver is not installed: run `npm ci` in the repository's root.";

    /// <summary>The account.</summary>
    public static AWSCredentials Credentials { get; } = new BasicAWSCredentials(Key, Key);

    /// <summary>Where it listens; after a restart elsewhere.</summary>
    public Uri Address { get; private set; } = new("http://127.0.0.1:0");

    /// <summary>Where it keeps the parts of uploads that are not completed.</summary>
    public string UploadsDirectory => Path.Combine(_directory.Path, Bucket, "._S3rver_uploads");

    private static string Root { get; } = FindRoot();

    private static string Library => Path.Combine(Root, "node_modules", "s3rver");

    /// <summary>Starts one; it listens when this returns.</summary>
    /// <param name="honoursConditions">Whether <c>If-None-Match</c> is honoured.</param>
    public static async Task<S3Server> StartAsync(bool honoursConditions = false)
    {
        var server = new S3Server(honoursConditions);
        await server.StartAsync();
        return server;
    }

    /// <summary>Options for it, or for a link to it.</summary>
    public S3Options OptionsFor(string prefix = "", Uri? address = null) => new()
    {
        Bucket = Bucket,
        Prefix = prefix,
        ServiceUrl = (address ?? Address).ToString(),
        PartBytes = 5 << 20,
    };

    /// <summary>Kills it (SIGKILL) and waits until it is gone.</summary>
    public async Task KillAsync()
    {
        _process!.Kill();
        await _process.WaitForExitAsync();
    }

    /// <summary>Starts it again over what it had.</summary>
    public async Task RestartAsync()
    {
        await KillAsync();
        _process!.Dispose();
        await StartAsync();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_process is { } process)
        {
            if (!process.HasExited) await KillAsync();
            process.Dispose();
        }

        _directory.Dispose();
    }

    private async Task StartAsync()
    {
        string[] arguments = [Path.Combine(Root, "tests", "Broker.TestKit", "S3", "s3-server.cjs"), Library, _directory.Path, Bucket];
        var start = new ProcessStartInfo("node", _honoursConditions ? [.. arguments, "--conditional"] : arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        _process = Process.Start(start)!;
        var errors = _process.StandardError.ReadToEndAsync();
        while (await _process.StandardOutput.ReadLineAsync() is { } line)
        {
            if (Listening().Match(line) is not { Success: true } match) continue;
            Address = new Uri($"http://127.0.0.1:{match.Groups[1].Value}");
            _ = _process.StandardOutput.ReadToEndAsync(); // drained, or it would block
            return;
        }

        throw new InvalidOperationException($"s3rver ended before it listened: {await errors}");
    }

    private static string FindRoot()
    {
        var directory = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(directory!.FullName, "Broker.sln"))) directory = directory.Parent;
        return directory.FullName;
    }

    [GeneratedRegex(@"^listening on (\d+)$")]
    private static partial Regex Listening();
}
