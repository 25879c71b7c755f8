using System.Diagnostics;

namespace Broker.EndToEnd.Clusters;

/// <summary>The program <c>broker</c>, as an operator or an auditor runs it.</summary>
internal static class BrokerProgram
{
    /// <summary>How it is started.</summary>
    public static ProcessStartInfo Of(IEnumerable<string> arguments, IReadOnlyDictionary<string, string> environment)
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "broker.dll"), .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in environment) start.Environment[name] = value;
        return start;
    }

    /// <summary>Runs it to its end; its exit code and what it said.</summary>
    public static async Task<(int ExitCode, string Said)> RunAsync(IEnumerable<string> arguments, IReadOnlyDictionary<string, string> environment)
    {
        using var process = Process.Start(Of(arguments, environment))!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, output + await errors);
    }
}
