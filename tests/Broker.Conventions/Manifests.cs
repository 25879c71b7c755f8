using k8s;
using k8s.Models;

namespace Broker.Conventions;

/// <summary>The manifests under <c>k8s/</c>, loaded strictly: a field that there is not is an error.</summary>
internal static class Manifests
{
    // What the type map does not name would be left unread, so whatever is used stands here.
    private static readonly Dictionary<string, Type> Types = new()
    {
        ["v1/ConfigMap"] = typeof(V1ConfigMap),
        ["v1/Namespace"] = typeof(V1Namespace),
        ["v1/Service"] = typeof(V1Service),
        ["v1/ServiceAccount"] = typeof(V1ServiceAccount),
        ["apps/v1/Deployment"] = typeof(V1Deployment),
        ["batch/v1/Job"] = typeof(V1Job),
        ["policy/v1/PodDisruptionBudget"] = typeof(V1PodDisruptionBudget),
        ["networking.k8s.io/v1/NetworkPolicy"] = typeof(V1NetworkPolicy),
        ["autoscaling/v2/HorizontalPodAutoscaler"] = typeof(V2HorizontalPodAutoscaler),
    };

    /// <summary>The folder.</summary>
    public static string Root { get; } = Path.Combine(Repository.Root, "k8s");

    /// <summary>The overlays' folders.</summary>
    public static IReadOnlyList<string> Overlays { get; } = [.. Directory.EnumerateDirectories(Path.Combine(Root, "overlays")).Order()];

    /// <summary>Each folder with a kustomization.</summary>
    public static IReadOnlyList<string> Folders { get; } = [Path.Combine(Root, "base"), .. Overlays];

    /// <summary>The objects of the base.</summary>
    public static IReadOnlyList<object> Base => [.. ResourcesOf(Folders[0]).SelectMany(path => Load(File.ReadAllText(path)))];

    /// <summary>Loads the documents of a text.</summary>
    public static List<object> Load(string yaml)
    {
        var objects = KubernetesYaml.LoadAllFromString(yaml, Types, strict: true);
        foreach (var loaded in objects) Assert.Contains(loaded.GetType(), Types.Values);
        return objects;
    }

    /// <summary>The files of a folder that its kustomization names.</summary>
    public static IReadOnlyList<string> FilesOf(string folder) =>
        [.. Lines(folder).Select(line => line.Trim().TrimStart('-').Trim().Replace("path: ", "", StringComparison.Ordinal)).Where(name => Path.HasExtension(name) && !name.Contains('/') && !name.Contains(' ')).Distinct()];

    /// <summary>The manifests of a folder, without what they are patched with.</summary>
    public static IEnumerable<string> ResourcesOf(string folder) =>
        Lines(folder).SkipWhile(line => line != "resources:").Skip(1).TakeWhile(line => line.StartsWith("  - ", StringComparison.Ordinal))
            .Select(line => line[4..]).Where(name => name.EndsWith(".yaml", StringComparison.Ordinal)).Select(name => Path.Combine(folder, name));

    private static IEnumerable<string> Lines(string folder) => File.ReadLines(Path.Combine(folder, "kustomization.yaml")).Where(line => !line.TrimStart().StartsWith('#'));
}
