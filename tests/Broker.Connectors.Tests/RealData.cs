namespace Broker.Connectors.Tests;

/// <summary>The real exports in <c>shared/data</c> beside the repository.</summary>
internal static class RealData
{
    public const string Posts = "stackexchange-meta-Posts.xml";
    public const string Wxr = "wordpress-theme-test.wxr.xml";

    /// <summary>The file's path; the test is skipped where it is missing, and fails where CI says that it must be there.</summary>
    public static string Find(string name)
    {
        var path = Folders().Select(folder => Path.Combine(folder, name)).FirstOrDefault(File.Exists);
        if (path is not null) return path;
        var how = $"{name} is missing: put it into ../shared/data beside the repository, or name its folder in BROKER_SHARED_DATA.";
        Assert.False(Environment.GetEnvironmentVariable("CI") == "true", how);
        Skip.If(true, how);
        throw new InvalidOperationException(how);
    }

    private static IEnumerable<string> Folders()
    {
        if (Environment.GetEnvironmentVariable("BROKER_SHARED_DATA") is { Length: > 0 } named) yield return named;
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Broker.sln"))) yield return Path.Combine(folder.FullName, "..", "shared", "data");
        }
    }
}
