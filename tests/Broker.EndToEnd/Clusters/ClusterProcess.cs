using System.Diagnostics;
using System.Text.RegularExpressions;

namespace Broker.EndToEnd.Clusters;

/// <summary>A real <c>broker serve --cluster</c>.</summary>
internal sealed partial class ClusterProcess : IAsyncDisposable
{
    private const string ApplicationStops = "Application is shutting down";

    // Far beyond what is needed: a machine that stands still fails no test.
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    private readonly Process _process;
    private readonly List<string> _said = [];
    private readonly TaskCompletionSource<Uri> _listening = New<Uri>();
    private readonly TaskCompletionSource<bool> _stopping = New<bool>();

    private ClusterProcess(Process process)
    {
        _process = process;
        process.OutputDataReceived += (_, line) => Hear(line.Data);
        process.ErrorDataReceived += (_, line) => Hear(line.Data);
    }

    /// <summary>Where it listens.</summary>
    public Uri Address => _listening.Task.Result;

    /// <summary>Where it serves metrics, if it does: the other address that it listens at.</summary>
    public Uri MetricsAddress
    {
        get
        {
            lock (_said) return _said.Select(line => Kestrel().Match(line)).Where(match => match.Success).Select(match => new Uri(match.Groups[1].Value)).Single(address => address != Address);
        }
    }

    /// <summary>Done when the process has begun to stop.</summary>
    public Task Stopping => _stopping.Task.WaitAsync(Patience);

    /// <summary>What it said.</summary>
    public string Said
    {
        get
        {
            lock (_said) return string.Join(Environment.NewLine, _said);
        }
    }

    /// <summary>Starts one; it has joined and listens when this returns.</summary>
    /// <exception cref="InvalidOperationException">It ended before; the message holds what it said.</exception>
    public static async Task<ClusterProcess> StartAsync(IEnumerable<string> arguments, IReadOnlyDictionary<string, string> environment)
    {
        var start = BrokerProgram.Of(["serve", "--cluster", "--verbose", .. arguments], environment);
        var node = new ClusterProcess(Process.Start(start)!);
        node._process.BeginOutputReadLine();
        node._process.BeginErrorReadLine();
        var ended = node._process.WaitForExitAsync();
        if (await Task.WhenAny(node._listening.Task, ended) == node._listening.Task) return node;
        var said = node.Said;
        await node.DisposeAsync();
        throw new InvalidOperationException($"broker serve ended: {said}");
    }

    /// <summary>Tells it to stop (SIGTERM).</summary>
    public void Terminate()
    {
        using var kill = Process.Start("kill", ["-TERM", $"{_process.Id}"]);
        kill.WaitForExit();
    }

    /// <summary>Waits until it has ended by itself; its exit code.</summary>
    public async Task<int> ExitAsync()
    {
        await _process.WaitForExitAsync().WaitAsync(Patience);
        return _process.ExitCode;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited) _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    private void Hear(string? line)
    {
        if (line is null) return;
        lock (_said) _said.Add(line);
        if (Listening().Match(line) is { Success: true } match) _listening.TrySetResult(new Uri(match.Groups[1].Value));
        if (line.Contains(ApplicationStops, StringComparison.Ordinal)) _stopping.TrySetResult(true);
    }

    private static TaskCompletionSource<T> New<T>() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    [GeneratedRegex(@"Now listening on: (https?://127\.0\.0\.1:\d+)")]
    private static partial Regex Kestrel();

    [GeneratedRegex(@"^Listening on (https?://127\.0\.0\.1:\d+)")]
    private static partial Regex Listening();
}
