using Broker.Gateway.Identity.Issuers;
using Broker.Hosting.Clusters;
using k8s.Models;

namespace Broker.Conventions;

/// <summary>The issuer of tokens, half of which stands in an overlay's configuration and half in the gateways' variables.</summary>
public sealed class IssuerManifestTests
{
    private const string Prefix = "BROKER_ISSUERS__";

    [Fact]
    public void What_the_gateways_are_told_of_an_issuer_is_all_that_it_takes()
    {
        var told = Manifests.Base.OfType<V1Deployment>()
            .Single(deployment => deployment.Metadata.Name == "broker-gateway")
            .Spec.Template.Spec.Containers.Single().Env
            .Where(variable => variable.Name.StartsWith(Prefix, StringComparison.Ordinal))
            .Select(variable => new KeyValuePair<string, string?>($"Issuers:{variable.Name[Prefix.Length..].Replace("__", ":", StringComparison.Ordinal)}", "https://issuer.example"))
            .ToList();
        Assert.All(Manifests.Overlays, overlay =>
        {
            var file = Path.Combine(overlay, "node.json");
            Assert.Null(OidcRules.WhatIsWrongAmong([.. ClusterConfiguration.Read(file, told).Issuers]));
            Assert.NotNull(OidcRules.WhatIsWrongAmong([.. ClusterConfiguration.Read(file, []).Issuers]));
        });
    }
}
