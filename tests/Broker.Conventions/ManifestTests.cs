using System.Globalization;
using System.Net;
using System.Xml.Linq;
using Broker.Hosting.Clusters;
using k8s.Models;

namespace Broker.Conventions;

/// <summary>The manifests under <c>k8s/</c> as they stand, before they are rendered.</summary>
public sealed class ManifestTests
{
    [Fact]
    public void Every_manifest_loads_strictly_and_is_named_in_its_kustomization()
    {
        foreach (var folder in Manifests.Folders)
        {
            var named = Manifests.FilesOf(folder);
            var there = Directory.EnumerateFiles(folder).Select(path => Path.GetFileName(path)!).Where(name => name != "kustomization.yaml").Order();
            Assert.Equal(there, named.Order());
            Assert.All(Manifests.ResourcesOf(folder), resource => Assert.NotEmpty(Manifests.Load(File.ReadAllText(resource))));
        }
    }

    [Fact]
    public void A_field_that_there_is_not_is_found_out() =>
        Assert.ThrowsAny<Exception>(() => Manifests.Load("apiVersion: v1\nkind: Service\nmetadata:\n  name: x\nspec:\n  prots: []\n"));

    [Fact]
    public void Overlays_name_the_image_and_the_configuration_that_the_base_leaves_open()
    {
        Assert.All(Manifests.Overlays, overlay =>
        {
            var text = File.ReadAllText(Path.Combine(overlay, "kustomization.yaml"));
            Assert.Contains("- name: broker\n    newName: ", text, StringComparison.Ordinal);
            Assert.Contains("- name: broker-config\n    files:\n      - node.json\n", text, StringComparison.Ordinal);
        });
        var images = Manifests.Base.OfType<V1Deployment>().Select(deployment => deployment.Spec.Template)
            .Concat(Manifests.Base.OfType<V1Job>().Select(job => job.Spec.Template))
            .SelectMany(template => template.Spec.Containers)
            .Select(container => container.Image);
        Assert.All(images, image => Assert.Equal("broker", image));
    }

    [Fact]
    public void The_image_has_the_user_and_the_ports_that_the_pods_have()
    {
        var project = XDocument.Load(Path.Combine(Repository.Projects["Broker.Cli"], "Broker.Cli.csproj"));
        var pods = Manifests.Base.OfType<V1Deployment>().Select(deployment => deployment.Spec.Template.Spec).ToList();
        Assert.All(pods, pod => Assert.Equal(pod.SecurityContext.RunAsUser.ToString(), project.Descendants("ContainerUser").Single().Value));
        Assert.Equal(
            pods.SelectMany(pod => pod.Containers).SelectMany(container => container.Ports).Select(port => port.ContainerPort).Distinct().Order(),
            project.Descendants("ContainerPort").Select(port => int.Parse(port.Attribute("Include")!.Value, CultureInfo.InvariantCulture)).Order());
    }

    [Fact]
    public void Each_overlays_configuration_is_one_that_a_node_takes() => Assert.All(Manifests.Overlays, overlay =>
    {
        var options = ClusterConfiguration.Read(Path.Combine(overlay, "node.json"), []);
        Assert.StartsWith("s3://", options.Objects, StringComparison.Ordinal);
        var listen = IPEndPoint.Parse(options.Listen);
        Assert.Equal(IPAddress.Any, listen.Address);
        var ports = Manifests.Base.OfType<V1Deployment>().SelectMany(deployment => deployment.Spec.Template.Spec.Containers).SelectMany(container => container.Ports).Select(port => port.ContainerPort).ToHashSet();
        var metrics = IPEndPoint.Parse(options.Telemetry.Listen).Port;
        Assert.Superset(new HashSet<int> { listen.Port, options.SiloPort, options.SiloGatewayPort, metrics }, ports);
        Assert.All(Manifests.Base.OfType<V1Deployment>(), deployment =>
            Assert.Equal("metrics", deployment.Spec.Template.Spec.Containers.Single().Ports.Single(port => port.ContainerPort == metrics).Name));
    });

    [Fact]
    public void The_base_holds_together() => ManifestRules.Check(Manifests.Base, "broker-config");

    [Fact]
    public void Nothing_names_a_host_or_holds_a_secret()
    {
        foreach (var path in Directory.EnumerateFiles(Manifests.Root, "*", SearchOption.AllDirectories).Where(path => !path.EndsWith(".md", StringComparison.Ordinal)))
        {
            var text = File.ReadAllText(path);
            Assert.DoesNotContain("kind: Secret", text, StringComparison.Ordinal);
            Assert.DoesNotContain("://", text.Replace("s3://", "", StringComparison.Ordinal), StringComparison.Ordinal);
        }
    }
}
