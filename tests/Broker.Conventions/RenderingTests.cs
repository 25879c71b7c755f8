using System.Diagnostics;
using k8s.Models;

namespace Broker.Conventions;

/// <summary>The overlays as <c>kubectl kustomize</c> renders them.</summary>
public sealed class RenderingTests
{
    public static TheoryData<string> Overlays => [.. Manifests.Overlays.Select(path => Path.GetFileName(path)!)];

    [SkippableTheory]
    [MemberData(nameof(Overlays))]
    public async Task An_overlay_renders_loads_strictly_and_holds_together(string overlay)
    {
        var objects = Manifests.Load(await RenderAsync(overlay));

        ManifestRules.Check(objects);
        var name = Assert.Single(objects.OfType<V1Namespace>()).Metadata.Name;
        Assert.All(objects.OfType<k8s.IKubernetesObject<V1ObjectMeta>>().Where(found => found is not V1Namespace), found => Assert.Equal(name, found.Metadata.NamespaceProperty));
        Assert.All(objects.OfType<V1Deployment>().SelectMany(deployment => deployment.Spec.Template.Spec.Containers), container => Assert.Contains(':', container.Image));
    }

    [SkippableFact]
    public async Task Production_has_three_silos_and_two_gateways_at_least()
    {
        var objects = Manifests.Load(await RenderAsync("prod"));
        Assert.Equal(3, objects.OfType<V1Deployment>().Single(deployment => deployment.Metadata.Name == "broker-silo").Spec.Replicas);
        // Where something scales a deployment, the manifest must not set it back at each apply.
        Assert.Null(objects.OfType<V1Deployment>().Single(deployment => deployment.Metadata.Name == "broker-gateway").Spec.Replicas);
        Assert.True(objects.OfType<V2HorizontalPodAutoscaler>().Single().Spec.MinReplicas >= 2);
    }

    private static async Task<string> RenderAsync(string overlay)
    {
        var kubectl = Kubectl();
        Skip.If(kubectl is null && Environment.GetEnvironmentVariable("CI") != "true", "kubectl is not installed, nor fetched by .ci/run.");
        Assert.True(kubectl is not null, "CI renders the manifests: .ci/run fetches kubectl where it is missing.");
        using var process = Process.Start(new ProcessStartInfo(kubectl, ["kustomize", Path.Combine(Manifests.Root, "overlays", overlay)]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var errors = process.StandardError.ReadToEndAsync();
        var rendered = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, await errors);
        return rendered;
    }

    private static string? Kubectl() => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
        .Prepend(Path.Combine(Repository.Root, "node_modules", ".kubectl"))
        .Select(directory => Path.Combine(directory, "kubectl"))
        .FirstOrDefault(File.Exists);
}
