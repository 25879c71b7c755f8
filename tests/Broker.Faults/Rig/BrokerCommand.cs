using System.Diagnostics;

namespace Broker.Faults.Rig;

/// <summary>Runs the program <c>broker</c> as an operator or an auditor would.</summary>
internal static class BrokerCommand
{
    /// <summary>Runs it to its end.</summary>
    public static async Task<Result> RunAsync(IReadOnlyDictionary<string, string> environment, IEnumerable<string> arguments, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "broker.dll"), .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (key, value) in environment) start.Environment[key] = value;
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync(cancellationToken);
        var output = await process.StandardOutput.ReadToEndAsync(cancellationToken);
        await process.WaitForExitAsync(cancellationToken);
        return new Result(process.ExitCode, output, await errors);
    }

    /// <summary>Runs it; it must end well.</summary>
    /// <exception cref="InvalidOperationException">It did not.</exception>
    public static async Task RequireAsync(IReadOnlyDictionary<string, string> environment, IReadOnlyList<string> arguments, CancellationToken cancellationToken)
    {
        var result = await RunAsync(environment, arguments, cancellationToken);
        if (result.ExitCode != 0) throw new InvalidOperationException($"broker {string.Join(' ', arguments)} ended with {result.ExitCode}: {result.Output}{result.Errors}");
    }

    /// <summary>How it ended.</summary>
    internal sealed record Result(int ExitCode, string Output, string Errors);
}
