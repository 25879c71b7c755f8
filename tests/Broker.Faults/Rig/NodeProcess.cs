using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.RegularExpressions;

namespace Broker.Faults.Rig;

/// <summary>One real <c>broker serve --cluster</c>.</summary>
internal sealed partial class NodeProcess : IDisposable
{
    private static readonly TimeSpan StartTime = TimeSpan.FromMinutes(3);
    private const int LinesKept = 400;

    private readonly ConcurrentQueue<string> _said = new();
    private readonly TaskCompletionSource<Uri> _listening = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly StreamWriter _log;

    private NodeProcess(string name, Process process, string logFile)
    {
        (Name, Process) = (name, process);
        _log = new StreamWriter(logFile, append: true) { AutoFlush = true };
        process.OutputDataReceived += (_, line) => Hear(line.Data);
        process.ErrorDataReceived += (_, line) => Hear(line.Data);
    }

    /// <summary>Its name in the rig.</summary>
    public string Name { get; }

    /// <summary>The process.</summary>
    public Process Process { get; }

    /// <summary>Where it listens.</summary>
    public Uri Address => _listening.Task.IsCompletedSuccessfully ? _listening.Task.Result : throw new InvalidOperationException($"{Name} does not listen.");

    /// <summary>The last that it said.</summary>
    public string Said => string.Join(Environment.NewLine, _said);

    /// <summary>Starts one; it has joined and listens when this returns.</summary>
    /// <exception cref="InvalidOperationException">It ended, or did not listen in time; the message holds what it said.</exception>
    public static async Task<NodeProcess> StartAsync(string name, IEnumerable<string> arguments, IReadOnlyDictionary<string, string> environment, string logFile, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "broker.dll"), "serve", "--cluster", .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (key, value) in environment) start.Environment[key] = value;
        var node = new NodeProcess(name, Process.Start(start)!, logFile);
        node.Process.BeginOutputReadLine();
        node.Process.BeginErrorReadLine();
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(StartTime);
        var ended = node.Process.WaitForExitAsync(limit.Token);
        if (await Task.WhenAny(node._listening.Task, ended) == node._listening.Task) return node;
        cancellationToken.ThrowIfCancellationRequested();
        if (!node.Process.HasExited) node.Process.Kill();
        throw new InvalidOperationException($"{name} did not start: {node.Said}");
    }

    /// <summary>Kills it (SIGKILL) and waits until it is gone.</summary>
    public async Task KillAsync()
    {
        if (!Process.HasExited) Process.Kill();
        await Process.WaitForExitAsync();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (!Process.HasExited) Process.Kill();
        Process.Dispose();
        _log.Dispose();
    }

    private void Hear(string? line)
    {
        if (line is null) return;
        _said.Enqueue(line);
        while (_said.Count > LinesKept) _said.TryDequeue(out _);
        lock (_log) _log.WriteLine(line);
        if (Listening().Match(line) is { Success: true } match) _listening.TrySetResult(new Uri(match.Groups[1].Value));
    }

    [GeneratedRegex(@"^Listening on (http://127\.0\.0\.1:\d+)")]
    private static partial Regex Listening();
}
