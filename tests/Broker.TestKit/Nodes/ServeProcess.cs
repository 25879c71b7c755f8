using System.Diagnostics;
using System.Text.RegularExpressions;
using Broker.Gateway.Identity;
using Broker.Hosting.DataDirectories;
using Grpc.Net.Client;

namespace Broker.TestKit.Nodes;

/// <summary>A real <c>broker serve</c>, which a test may kill.</summary>
public sealed partial class ServeProcess : IAsyncDisposable
{
    private const string Executable = "broker.dll";

    private readonly Process _process;
    private readonly GrpcChannel _channel;
    private readonly EmbeddedIdentity _identity;

    private ServeProcess(Process process, Uri address, string directory)
    {
        (_process, Address) = (process, address);
        _channel = GrpcChannel.ForAddress(address);
        _identity = EmbeddedIdentity.Open(DataDirectory.IdentityDirectoryOf(directory), TimeProvider.System);
        Calls = new TestCalls(_channel, _identity);
    }

    /// <summary>Where it listens.</summary>
    public Uri Address { get; }

    /// <summary>Calls to it.</summary>
    public TestCalls Calls { get; }

    /// <summary>Its identity, opened from its directory.</summary>
    public EmbeddedIdentity Identity => _identity;

    /// <summary>Done when it has ended, in whichever way.</summary>
    public Task Ended => _process.WaitForExitAsync();

    /// <summary>Starts a node over a directory; it listens when this returns.</summary>
    /// <param name="directory">The directory.</param>
    /// <param name="variables">Variables of its environment besides.</param>
    /// <exception cref="InvalidOperationException">It ended before it listened; the message holds what it said.</exception>
    public static async Task<ServeProcess> StartAsync(string directory, IReadOnlyDictionary<string, string>? variables = null)
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, Executable), "serve", "--data", directory, "--port", "0"])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in variables ?? new Dictionary<string, string>()) start.Environment[name] = value;
        var process = Process.Start(start)!;
        var said = new List<string>();
        var errors = process.StandardError.ReadToEndAsync();
        while (await process.StandardOutput.ReadLineAsync() is { } line)
        {
            said.Add(line);
            if (Listening().Match(line) is not { Success: true } match) continue;
            _ = process.StandardOutput.ReadToEndAsync(); // drained, or it would block
            return new ServeProcess(process, new Uri(match.Value), directory);
        }

        throw new InvalidOperationException($"broker serve ended: {string.Join(Environment.NewLine, said)}{Environment.NewLine}{await errors}");
    }

    /// <summary>Kills it (SIGKILL).</summary>
    public void Kill() => _process.Kill();

    /// <summary>Kills it (SIGKILL) and waits until it is gone.</summary>
    public async Task KillAsync()
    {
        Kill();
        await _process.WaitForExitAsync();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited) await KillAsync();
        _process.Dispose();
        _channel.Dispose();
        _identity.Dispose();
    }

    [GeneratedRegex(@"http://127\.0\.0\.1:\d+")]
    private static partial Regex Listening();
}
