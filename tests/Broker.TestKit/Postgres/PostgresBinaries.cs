using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;

namespace Broker.TestKit.Postgres;

/// <summary>Where PostgreSQL's programs lie on this machine.</summary>
public static class PostgresBinaries
{
    /// <summary>Why a test that needs them is skipped, and what to do.</summary>
    public const string Missing =
        "PostgreSQL's programs (initdb, postgres) are not on this machine. Debian: `apt-get install postgresql`; elsewhere name their directory in BROKER_POSTGRES_BIN.";

    private static readonly string[] Needed = ["initdb", "postgres"];
    private static readonly Lazy<string?> Found = new(Find);

    /// <summary>Their directory, or null where there are none: BROKER_POSTGRES_BIN, what pg_config says, or Debian's newest.</summary>
    public static string? Directory => Found.Value;

    private static string? Find()
    {
        var named = Environment.GetEnvironmentVariable("BROKER_POSTGRES_BIN");
        if (!string.IsNullOrEmpty(named)) return IsComplete(named) ? named : throw new InvalidOperationException($"BROKER_POSTGRES_BIN names '{named}', where initdb and postgres are not.");
        return Candidates().FirstOrDefault(IsComplete);
    }

    private static IEnumerable<string> Candidates()
    {
        if (AskPgConfig() is { } configured) yield return configured;
        const string Debian = "/usr/lib/postgresql";
        if (!System.IO.Directory.Exists(Debian)) yield break;
        foreach (var version in System.IO.Directory.GetDirectories(Debian).OrderByDescending(VersionOf)) yield return Path.Combine(version, "bin");
    }

    private static int VersionOf(string directory) =>
        int.TryParse(Path.GetFileName(directory), NumberStyles.None, CultureInfo.InvariantCulture, out var version) ? version : 0;

    private static bool IsComplete(string directory) => Needed.All(program => File.Exists(Path.Combine(directory, program)));

    private static string? AskPgConfig()
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo("pg_config", "--bindir") { RedirectStandardOutput = true })!;
            var answer = process.StandardOutput.ReadToEnd().Trim();
            process.WaitForExit();
            return process.ExitCode == 0 ? answer : null;
        }
        catch (Win32Exception)
        {
            return null; // There is no pg_config.
        }
    }
}
