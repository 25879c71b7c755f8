using System.Xml.Linq;

namespace Broker.Conventions;

/// <summary>The repository as files.</summary>
internal static class Repository
{
    /// <summary>Its root.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>The production projects by name.</summary>
    public static IReadOnlyDictionary<string, string> Projects { get; } = Directory
        .EnumerateFiles(Path.Combine(Root, "src"), "*.csproj", SearchOption.AllDirectories)
        .ToDictionary(path => Path.GetFileNameWithoutExtension(path)!, path => Path.GetDirectoryName(path)!);

    /// <summary>The sources below a folder of the repository, built ones aside.</summary>
    public static IEnumerable<string> SourcesOf(string folder) => Directory
        .EnumerateFiles(Path.Combine(Root, folder), "*.cs", SearchOption.AllDirectories)
        .Where(path => !path.Contains($"{Path.DirectorySeparatorChar}obj{Path.DirectorySeparatorChar}", StringComparison.Ordinal));

    /// <summary>The projects that a project refers to.</summary>
    public static IEnumerable<string> ReferencesOf(string project) => XDocument
        .Load(Path.Combine(Projects[project], $"{project}.csproj"))
        .Descendants("ProjectReference")
        .Select(reference => Path.GetFileNameWithoutExtension(reference.Attribute("Include")!.Value.Replace('\\', '/')));

    /// <summary>The packages that a project refers to.</summary>
    public static IEnumerable<XElement> PackagesOf(string project) =>
        XDocument.Load(Path.Combine(Projects[project], $"{project}.csproj")).Descendants("PackageReference");

    private static string FindRoot()
    {
        var directory = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(directory!.FullName, "Broker.sln"))) directory = directory.Parent;
        return directory.FullName;
    }
}
