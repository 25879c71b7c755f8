using Broker.Gateway.Identity.Issuers;
using Broker.Hosting;
using Broker.Hosting.Clusters;
using Broker.Hosting.Tls;
using Broker.TestKit.Nodes;
using Broker.TestKit.Tls;

namespace Broker.EndToEnd.Tls;

/// <summary>Goal: no node speaks in the clear over a net, or starts with certificates that nobody would take. Method: nodes that must be refused
/// before they touch any store.</summary>
public sealed class TlsRefusalTests : IDisposable
{
    private readonly TemporaryDirectory _files = new();
    private readonly TestAuthority _authority;
    private readonly TestAuthority _other;

    public TlsRefusalTests()
    {
        _authority = new TestAuthority(Path.Combine(_files.Path, "own"));
        _other = new TestAuthority(Path.Combine(_files.Path, "other"), "Another authority");
    }

    public void Dispose()
    {
        _authority.Dispose();
        _other.Dispose();
        _files.Dispose();
    }

    [Fact]
    public Task A_gateway_in_the_clear_beyond_loopback_is_refused() =>
        RefusesAsync("beyond loopback, would send tokens and records in the clear", options => (options.Roles, options.Listen, options.Issuers) = (NodeRoles.Gateway, "0.0.0.0:0", [Issuer()]));

    [Fact]
    public Task A_silo_in_the_clear_beyond_loopback_is_refused() =>
        RefusesAsync("beyond loopback, would talk to the others in the clear", options => (options.Roles, options.SiloAddress) = (NodeRoles.Silo, "0.0.0.0"));

    [Fact]
    public async Task Half_of_what_tls_needs_is_refused()
    {
        var (certificate, key) = _authority.Sign("node", [SiloTlsOptions.DefaultName]);
        await RefusesAsync("Tls.Certificate and Tls.Key go together", options => options.Tls.Certificate = certificate);
        await RefusesAsync("and has none of its own", options => options.Tls.ClientCertificates = ClientCertificates.Require);
        await RefusesAsync("needs Tls.ClientAuthorities", options => (options.Tls.Certificate, options.Tls.Key, options.Tls.ClientCertificates) = (certificate, key, ClientCertificates.Allow));
        await RefusesAsync("nobody is asked for a certificate", options => (options.Tls.Certificate, options.Tls.Key, options.Tls.ClientAuthorities) = (certificate, key, _authority.RootFile));
        await RefusesAsync("name all three files", options => (options.SiloTls.Certificate, options.SiloTls.Key) = (certificate, key));
    }

    [Fact]
    public async Task Files_that_are_missing_empty_ended_or_of_another_key_are_refused_by_name()
    {
        var (certificate, key) = _authority.Sign("node", [SiloTlsOptions.DefaultName]);
        var (ended, endedKey) = _authority.Sign("ended", [SiloTlsOptions.DefaultName], daysLeft: -1);
        var empty = Path.Combine(_files.Path, "empty.pem");
        await File.WriteAllTextAsync(empty, "");
        var missing = Path.Combine(_files.Path, "missing.pem");

        await RefusesAsync("missing.pem", options => (options.Tls.Certificate, options.Tls.Key) = (missing, key));
        await RefusesAsync("holds no certificate", options => (options.Tls.Certificate, options.Tls.Key) = (empty, key));
        await RefusesAsync("not the certificate's", options => (options.Tls.Certificate, options.Tls.Key) = (certificate, endedKey));
        await RefusesAsync("no unencrypted private key", options => (options.Tls.Certificate, options.Tls.Key) = (certificate, empty));
        await RefusesAsync("CN=ended ended on", options => (options.Tls.Certificate, options.Tls.Key) = (ended, endedKey));
        await RefusesAsync("empty.pem: It holds no certificate", options => (options.SiloTls.Certificate, options.SiloTls.Key, options.SiloTls.Authorities) = (certificate, key, empty));
    }

    [Fact]
    public async Task A_certificate_that_the_other_nodes_would_refuse_is_refused_at_home()
    {
        var (foreign, foreignKey) = _other.Sign("foreign", [SiloTlsOptions.DefaultName]);
        var (unnamed, unnamedKey) = _authority.Sign("unnamed", ["*.example", "example"]);

        await RefusesAsync("The other nodes would refuse", options => (options.SiloTls.Certificate, options.SiloTls.Key, options.SiloTls.Authorities) = (foreign, foreignKey, _authority.RootFile));
        await RefusesAsync($"CN=unnamed does not name {SiloTlsOptions.DefaultName}", options => (options.SiloTls.Certificate, options.SiloTls.Key, options.SiloTls.Authorities) = (unnamed, unnamedKey, _authority.RootFile));
        await RefusesAsync("does not name silo.example", options => (options.SiloTls.Certificate, options.SiloTls.Key, options.SiloTls.Authorities, options.SiloTls.Name) = (unnamed, unnamedKey, _authority.RootFile, "silo.example"));
    }

    private static OidcOptions Issuer() => new() { Issuer = "https://issuer.example", Audience = "broker", Platforms = ["*"] };

    private async Task RefusesAsync(string why, Action<ClusterNodeOptions> change)
    {
        var options = new ClusterNodeOptions
        {
            Database = "Host=127.0.0.1;Port=1;Database=none;Username=none",
            Objects = Path.Combine(_files.Path, "objects"),
            DataDirectory = Path.Combine(_files.Path, "data"),
            Listen = "127.0.0.1:0",
        };
        change(options);
        var refused = await Assert.ThrowsAsync<NodeStartException>(() => ClusterNode.StartAsync(options, configure: null, CancellationToken.None));
        Assert.Contains(why, refused.Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(options.DataDirectory), "It was refused, and left something behind.");
    }
}
