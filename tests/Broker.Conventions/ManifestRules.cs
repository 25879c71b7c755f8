using k8s.Models;

namespace Broker.Conventions;

/// <summary>What holds of any set of the manifests that is applied together.</summary>
internal static class ManifestRules
{
    private const int DrainSecondsMax = 30;

    /// <summary>Checks a set.</summary>
    /// <param name="objects">All of it.</param>
    /// <param name="generatedConfig">The name of a config map that is not among them yet.</param>
    public static void Check(IReadOnlyList<object> objects, string? generatedConfig = null)
    {
        var pods = Pods(objects).ToList();
        Assert.NotEmpty(pods);
        Assert.Single(pods.SelectMany(pod => pod.Template.Spec.Containers).Select(container => container.Image).Distinct());
        var configs = objects.OfType<V1ConfigMap>().Select(map => map.Metadata.Name).Append(generatedConfig).ToList();
        var accounts = objects.OfType<V1ServiceAccount>().ToList();
        Assert.All(accounts, account => Assert.False(account.AutomountServiceAccountToken));
        foreach (var pod in pods)
        {
            IsRestricted(pod);
            Assert.Contains(pod.Template.Spec.ServiceAccountName, accounts.Select(account => account.Metadata.Name));
            Assert.All(pod.Template.Spec.Volumes.Where(volume => volume.ConfigMap is not null), volume => Assert.Contains(volume.ConfigMap.Name, configs));
            foreach (var container in pod.Template.Spec.Containers) ContainerHolds(container, pod.Template.Spec);
        }

        Assert.All(objects.OfType<V1Deployment>(), Drains);
        Assert.All(Selectors(objects), selector => Assert.Contains(pods, pod => Matches(selector.Labels, pod.Template.Metadata.Labels)));
        Assert.All(objects.OfType<V1Service>(), service => PortsAreThere(service, pods));
        Assert.All(objects.OfType<V2HorizontalPodAutoscaler>(), scaler => Assert.Contains(objects.OfType<V1Deployment>(), deployment => deployment.Metadata.Name == scaler.Spec.ScaleTargetRef.Name));
        SilosAreInside(objects);
        MetricsAreScraped(objects);
    }

    private static IEnumerable<(string Name, V1PodTemplateSpec Template)> Pods(IReadOnlyList<object> objects) =>
        objects.OfType<V1Deployment>().Select(deployment => (deployment.Metadata.Name, deployment.Spec.Template))
            .Concat(objects.OfType<V1Job>().Select(job => (job.Metadata.Name, job.Spec.Template)));

    private static void IsRestricted((string Name, V1PodTemplateSpec Template) pod)
    {
        var spec = pod.Template.Spec;
        Assert.True(spec.SecurityContext.RunAsNonRoot, pod.Name);
        Assert.True(spec.SecurityContext.RunAsUser > 0, pod.Name);
        Assert.Equal("RuntimeDefault", spec.SecurityContext.SeccompProfile.Type);
        Assert.False(spec.AutomountServiceAccountToken);
        Assert.False(spec.EnableServiceLinks, $"{pod.Name}: BROKER_… variables of services would be read as configuration.");
        Assert.True(spec.HostNetwork is not true && spec.HostPID is not true && spec.HostIPC is not true);
        Assert.All(spec.Volumes, volume => Assert.Null(volume.HostPath));
        Assert.Null(spec.InitContainers);
    }

    private static void ContainerHolds(V1Container container, V1PodSpec pod)
    {
        Assert.False(container.SecurityContext.AllowPrivilegeEscalation);
        Assert.True(container.SecurityContext.ReadOnlyRootFilesystem);
        Assert.Equal(["ALL"], container.SecurityContext.Capabilities.Drop);
        Assert.Null(container.SecurityContext.Capabilities.Add);
        Assert.NotNull(container.Resources.Requests["memory"]);
        Assert.NotNull(container.Resources.Limits["memory"]);
        Assert.All(container.VolumeMounts, mount => Assert.Contains(mount.Name, pod.Volumes.Select(volume => volume.Name)));
        var ports = container.Ports ?? [];
        foreach (var probe in new[] { container.StartupProbe, container.ReadinessProbe, container.LivenessProbe }.OfType<V1Probe>())
        {
            if (probe.Grpc is { } grpc) Assert.Contains(grpc.Port, ports.Select(port => port.ContainerPort));
            if (probe.TcpSocket is { } socket) Assert.Contains(socket.Port.Value, ports.Select(port => port.Name));
            Assert.Null(probe.Exec); // the image has no shell
        }

        var documented = File.ReadAllText(Path.Combine(Manifests.Root, "README.md"));
        foreach (var secret in container.Env.Select(variable => variable.ValueFrom?.SecretKeyRef).OfType<V1SecretKeySelector>())
            Assert.True(documented.Contains($"`{secret.Name}` | `{secret.Key}`", StringComparison.Ordinal), $"k8s/README.md does not say what {secret.Name}/{secret.Key} is.");
        foreach (var secret in pod.Volumes.Select(volume => volume.Secret?.SecretName).OfType<string>())
            Assert.True(documented.Contains($"`{secret}` |", StringComparison.Ordinal), $"k8s/README.md does not say what {secret} is.");
    }

    private static void Drains(V1Deployment deployment)
    {
        var spec = deployment.Spec.Template.Spec;
        var sleep = spec.Containers.Single().Lifecycle.PreStop.Sleep.Seconds;
        Assert.True(spec.TerminationGracePeriodSeconds >= Math.Max(40, sleep + DrainSecondsMax + 5), $"{deployment.Metadata.Name} is killed while it drains.");
        Assert.NotNull(spec.Containers.Single().ReadinessProbe);
        Assert.NotNull(spec.Containers.Single().LivenessProbe);
        Assert.NotEmpty(spec.TopologySpreadConstraints);
        Assert.Equal("0", deployment.Spec.Strategy.RollingUpdate.MaxUnavailable.Value);
        Assert.True(Matches(deployment.Spec.Selector.MatchLabels, deployment.Spec.Template.Metadata.Labels), deployment.Metadata.Name);
    }

    private static IEnumerable<(string Name, IDictionary<string, string> Labels)> Selectors(IReadOnlyList<object> objects) =>
        objects.OfType<V1Service>().Select(service => (service.Metadata.Name, service.Spec.Selector))
            .Concat(objects.OfType<V1PodDisruptionBudget>().Select(budget => (budget.Metadata.Name, budget.Spec.Selector.MatchLabels)))
            .Concat(objects.OfType<V1NetworkPolicy>().Select(policy => (policy.Metadata.Name, policy.Spec.PodSelector.MatchLabels)));

    private static void PortsAreThere(V1Service service, IEnumerable<(string Name, V1PodTemplateSpec Template)> pods)
    {
        var ports = pods.Where(pod => Matches(service.Spec.Selector, pod.Template.Metadata.Labels)).SelectMany(pod => pod.Template.Spec.Containers).SelectMany(container => container.Ports ?? []).Select(port => port.Name);
        Assert.All(service.Spec.Ports, port => Assert.Contains(port.TargetPort.Value, ports));
        Assert.All(service.Spec.Ports, port => Assert.NotNull(port.AppProtocol));
    }

    // Whoever reaches a silo's ports can call grains, past every check of who may do what.
    private static void SilosAreInside(IReadOnlyList<object> objects)
    {
        var policies = objects.OfType<V1NetworkPolicy>().ToList();
        var silo = objects.OfType<V1Deployment>().Single(deployment => deployment.Metadata.Name == "broker-silo").Spec.Template;
        var about = policies.Where(policy => policy.Spec.PolicyTypes.Contains("Ingress") && Matches(policy.Spec.PodSelector.MatchLabels, silo.Metadata.Labels)).ToList();
        Assert.NotEmpty(about);
        var inside = Pods(objects).Select(pod => pod.Template.Metadata.Labels).ToList();
        foreach (var rule in about.SelectMany(policy => policy.Spec.Ingress ?? []).Where(rule => rule.Ports.Any(port => port.Port.Value is "11111" or "30000")))
        {
            Assert.NotEmpty(rule.FromProperty);
            Assert.All(rule.FromProperty, from => Assert.Contains(inside, labels => from.NamespaceSelector is null && Matches(from.PodSelector.MatchLabels, labels)));
        }

        var outside = objects.OfType<V1Service>().Where(service => Matches(service.Spec.Selector, silo.Metadata.Labels));
        Assert.All(outside, service => Assert.Equal("None", service.Spec.ClusterIP));
    }

    // Nothing goes in but what a policy names: without one no scraper would.
    private static void MetricsAreScraped(IReadOnlyList<object> objects)
    {
        var admitted = objects.OfType<V1NetworkPolicy>().Where(policy => (policy.Spec.Ingress ?? []).Any(rule => rule.Ports.Any(port => port.Port.Value == "metrics"))).ToList();
        foreach (var rule in admitted.SelectMany(policy => policy.Spec.Ingress)) Assert.All(rule.FromProperty, from => Assert.NotEmpty(from.NamespaceSelector.MatchLabels));
        Assert.All(objects.OfType<V1Deployment>(), deployment => Assert.Contains(admitted, policy => Matches(policy.Spec.PodSelector.MatchLabels, deployment.Spec.Template.Metadata.Labels)));
    }

    private static bool Matches(IDictionary<string, string> selector, IDictionary<string, string> labels) =>
        selector.Count > 0 && selector.All(pair => labels.TryGetValue(pair.Key, out var value) && value == pair.Value);
}
