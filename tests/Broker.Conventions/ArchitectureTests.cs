namespace Broker.Conventions;

public sealed class ArchitectureTests
{
    /// <summary>Who may refer to whom; arrows point to the domain.</summary>
    private static readonly Dictionary<string, string[]> Allowed = new()
    {
        ["Broker.Domain"] = [],
        ["Broker.Protos"] = [],
        ["Broker.Grains.Abstractions"] = ["Broker.Domain"],
        ["Broker.Grains"] = ["Broker.Grains.Abstractions", "Broker.Protos"],
        ["Broker.Storage"] = ["Broker.Grains"],
        ["Broker.Connectors"] = ["Broker.Domain"],
        ["Broker.Gateway"] = ["Broker.Grains.Abstractions", "Broker.Protos", "Broker.Storage"],
        ["Broker.Client"] = ["Broker.Protos"],
        ["Broker.Auditor"] = ["Broker.Protos"],
        ["Broker.Hosting"] = ["Broker.Grains", "Broker.Storage", "Broker.Gateway"],
        ["Broker.Cli"] = ["Broker.Hosting", "Broker.Client", "Broker.Connectors", "Broker.Auditor"],
    };

    [Fact]
    public void Every_project_stands_in_the_map_and_refers_to_nothing_else()
    {
        Assert.Equal(Allowed.Keys.Order(), Repository.Projects.Keys.Order());
        foreach (var (project, allowed) in Allowed) Assert.Empty(Repository.ReferencesOf(project).Except(allowed).Select(other => $"{project} → {other}"));
    }

    [Fact]
    public void The_rules_need_no_package() => Assert.Empty(Repository.PackagesOf("Broker.Domain"));

    [Fact]
    public void The_auditor_shares_no_rule_with_what_it_judges()
    {
        var loaded = typeof(Auditor.LogAuditor).Assembly.GetReferencedAssemblies().Select(assembly => assembly.Name!).Where(name => name.StartsWith("Broker", StringComparison.Ordinal));
        Assert.Equal(["Broker.Protos"], loaded);
    }

    [Fact]
    public void No_project_names_a_version_of_a_package() =>
        Assert.DoesNotContain(Repository.Projects.Keys.SelectMany(Repository.PackagesOf), package => package.Attribute("Version") is not null);

    [Fact]
    public void Every_project_says_what_lives_in_it() =>
        Assert.Empty(Repository.Projects.Where(project => !File.Exists(Path.Combine(project.Value, "README.md"))).Select(project => project.Key));

    [Fact]
    public void No_folder_is_a_drawer()
    {
        var drawers = Directory.EnumerateDirectories(Path.Combine(Repository.Root, "src"), "*", SearchOption.AllDirectories)
            .Where(path => Path.GetFileName(path) is "Common" or "Utils" or "Utilities" or "Helpers" or "Misc" or "Shared");
        Assert.Empty(drawers);
    }
}
