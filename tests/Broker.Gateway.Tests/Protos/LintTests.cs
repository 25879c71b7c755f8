using System.Diagnostics;

namespace Broker.Gateway.Tests.Protos;

public sealed class LintTests
{
    [SkippableFact]
    public async Task The_protos_pass_the_linter()
    {
        var root = RepositoryRoot();
        var buf = Path.Combine(root, "node_modules", ".bin", "buf");
        var isCi = Environment.GetEnvironmentVariable("CI") == "true";
        Skip.If(!File.Exists(buf) && !isCi, "The linter is not installed: run `npm ci` in the repository's root.");
        Assert.True(File.Exists(buf), "CI lints: run `npm ci` in the repository's root before the tests.");

        using var lint = Process.Start(new ProcessStartInfo(buf, "lint") { WorkingDirectory = root, RedirectStandardOutput = true, RedirectStandardError = true })!;
        var output = await lint.StandardOutput.ReadToEndAsync() + await lint.StandardError.ReadToEndAsync();
        await lint.WaitForExitAsync();
        Assert.True(lint.ExitCode == 0, output);
    }

    private static string RepositoryRoot()
    {
        var directory = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(directory!.FullName, "buf.yaml"))) directory = directory.Parent;
        return directory.FullName;
    }
}
