using System.Diagnostics;
using System.Text.Json;

namespace Broker.EndToEnd.Processes;

/// <summary>Audits the data directory of a node that has stopped, as a regulator would: <c>broker audit --output json</c>.</summary>
internal static class DirectoryAudit
{
    public static async Task<(int ExitCode, JsonElement Verdict, string Said)> RunAsync(string directory)
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "broker.dll"), "audit", "--data", directory, "--output", "json"])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        var text = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, text.Length > 0 ? JsonDocument.Parse(text).RootElement : default, text + await errors);
    }

    /// <summary>Copies a data directory, without its lock.</summary>
    public static void Copy(string from, string to)
    {
        foreach (var file in Directory.GetFiles(from, "*", SearchOption.AllDirectories).Where(file => Path.GetExtension(file) != ".lock"))
        {
            var target = Path.Combine(to, Path.GetRelativePath(from, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(file, target);
        }
    }
}
