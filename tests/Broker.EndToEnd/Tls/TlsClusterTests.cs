using Broker.Client;
using Broker.EndToEnd.Clusters;
using Broker.Gateway.Identity;
using Broker.Hosting.Tls;
using Broker.Protos.V1;
using Broker.TestKit.Nodes;
using Broker.TestKit.Postgres;
using Broker.TestKit.Tls;

namespace Broker.EndToEnd.Tls;

/// <summary>Goal: a cluster talks to its own nodes and to its callers, and to nobody else. Method: real processes with certificates of a test's
/// authority; nodes and callers with those of another, with none, and in the clear.</summary>
public sealed class TlsClusterTests : IAsyncLifetime
{
    private readonly TemporaryDirectory _files = new();
    private readonly TestAuthority _authority;
    private readonly TestAuthority _other;
    private ProcessCluster _cluster = null!;

    public TlsClusterTests()
    {
        _authority = new TestAuthority(Path.Combine(_files.Path, "own"));
        _other = new TestAuthority(Path.Combine(_files.Path, "other"), "Another authority");
    }

    public async Task InitializeAsync()
    {
        if (PostgresBinaries.Directory is null) return;
        _cluster = await ProcessCluster.CreateAsync(new Dictionary<string, string>());
        UseSiloTls(_authority);
    }

    public async Task DisposeAsync()
    {
        if (_cluster is not null) await _cluster.DisposeAsync();
        _authority.Dispose();
        _other.Dispose();
        _files.Dispose();
    }

    [SkippableFact]
    public async Task Callers_reach_a_gateway_by_its_root_with_a_certificate_of_their_own_where_it_asks_for_one()
    {
        Skip.If(PostgresBinaries.Directory is null, PostgresBinaries.Missing);
        await _cluster.StartSiloAsync("silo-0");
        var gateway = await StartGatewayAsync(ClientCertificates.Require);
        Assert.Equal("https", gateway.Address.Scheme);
        var (certificate, key) = _authority.Sign("caller", ["caller"]);
        var (foreign, foreignKey) = _other.Sign("caller", ["caller"]);

        var (_, called) = await CreateAsync(gateway, "one", "--ca", _authority.RootFile, "--cert", certificate, "--key", key);
        Assert.Contains("platforms/one", called, StringComparison.Ordinal);

        // Another root, no root at all (the machine's own), somebody else's certificate, and none.
        string[][] refused =
        [
            ["--ca", _other.RootFile, "--cert", certificate, "--key", key],
            ["--cert", certificate, "--key", key],
            ["--ca", _authority.RootFile, "--cert", foreign, "--key", foreignKey],
            ["--ca", _authority.RootFile],
        ];
        foreach (var options in refused)
        {
            var (exitCode, said) = await CreateAsync(gateway, "two", options);
            Assert.True(exitCode is 4 or 7, $"{string.Join(' ', options)}: {exitCode}, {said}");
        }

        var (wrong, why) = await CreateAsync(gateway, "two", "--ca", _other.RootFile, "--cert", certificate, "--key", key);
        Assert.Equal(4, wrong);
        Assert.Contains(BrokerException.TlsFailed, why, StringComparison.Ordinal);
        var (half, alone) = await CreateAsync(gateway, "two", "--cert", certificate);
        Assert.Equal(2, half);
        Assert.Contains("go together", alone, StringComparison.Ordinal);
        var (unread, file) = await CreateAsync(gateway, "two", "--ca", key);
        Assert.Equal(9, unread);
        Assert.Contains(key, file, StringComparison.Ordinal);

        using var connection = Connect(gateway, BrokerTls.FromFiles(_authority.RootFile, certificate, key));
        var platforms = await connection.CallAsync(connection.Platforms.ListPlatformsAsync, new ListPlatformsRequest());
        Assert.Equal(["platforms/one"], platforms.Platforms.Select(platform => platform.Name));
    }

    [SkippableFact]
    public async Task A_caller_without_a_certificate_is_welcome_where_none_is_required_and_a_wrong_one_is_not()
    {
        Skip.If(PostgresBinaries.Directory is null, PostgresBinaries.Missing);
        await _cluster.StartSiloAsync("silo-0");
        var gateway = await StartGatewayAsync(ClientCertificates.Allow);
        var (foreign, foreignKey) = _other.Sign("caller", ["caller"]);

        Assert.Equal(0, (await CreateAsync(gateway, "one", "--ca", _authority.RootFile)).ExitCode);
        var (exitCode, said) = await CreateAsync(gateway, "two", "--ca", _authority.RootFile, "--cert", foreign, "--key", foreignKey);
        Assert.True(exitCode is 4 or 7, $"{exitCode}, {said}");
    }

    [SkippableFact]
    public async Task A_node_of_another_authority_or_in_the_clear_does_not_join_and_the_cluster_goes_on()
    {
        Skip.If(PostgresBinaries.Directory is null, PostgresBinaries.Missing);
        await _cluster.StartSiloAsync("silo-0");
        var gateway = await StartGatewayAsync(ClientCertificates.None);

        UseSiloTls(_other);
        await StaysOutsideAsync(() => _cluster.StartSiloAsync("stranger"));
        await StaysOutsideAsync(() => StartGatewayAsync(ClientCertificates.None, "stranger-gateway"));
        _cluster.Unset("BROKER_SILOTLS__CERTIFICATE", "BROKER_SILOTLS__KEY", "BROKER_SILOTLS__AUTHORITIES");
        await StaysOutsideAsync(() => _cluster.StartSiloAsync("clear"));

        Assert.Equal(0, (await CreateAsync(gateway, "still", "--ca", _authority.RootFile)).ExitCode);
        UseSiloTls(_authority);
        await _cluster.StartSiloAsync("silo-1");
        var (exitCode, status) = await _cluster.CallAsync(gateway, "cluster", "status", "--ca", _authority.RootFile, "--output", "json");
        Assert.True(exitCode == 0, status);
        Assert.Contains("silo-1", status, StringComparison.Ordinal);
    }

    private async Task StaysOutsideAsync(Func<Task<ClusterProcess>> start)
    {
        _cluster.Set("BROKER_MEMBERSHIP__JOINTIME", "00:00:05"); // for strangers alone: who belongs there may be slow
        var said = (await Assert.ThrowsAsync<InvalidOperationException>(start)).Message;
        _cluster.Unset("BROKER_MEMBERSHIP__JOINTIME");
        Assert.True(said.Contains("No way to the cluster's silos", StringComparison.Ordinal), said);
        Assert.False(said.Contains("FATAL", StringComparison.Ordinal), said);
    }

    private void UseSiloTls(TestAuthority authority)
    {
        var (certificate, key) = authority.Sign("node", [SiloTlsOptions.DefaultName]);
        _cluster.Set("BROKER_SILOTLS__CERTIFICATE", certificate);
        _cluster.Set("BROKER_SILOTLS__KEY", key);
        _cluster.Set("BROKER_SILOTLS__AUTHORITIES", _authority.RootFile);
        if (authority == _other) _cluster.Set("BROKER_SILOTLS__AUTHORITIES", _other.RootFile);
    }

    private Task<ClusterProcess> StartGatewayAsync(ClientCertificates asked, string name = "gateway-0")
    {
        var (certificate, key) = _authority.Sign("gateway", ["localhost"]);
        _cluster.Set("BROKER_TLS__CERTIFICATE", certificate);
        _cluster.Set("BROKER_TLS__KEY", key);
        _cluster.Set("BROKER_TLS__CLIENTCERTIFICATES", $"{asked}");
        if (asked == ClientCertificates.None) _cluster.Unset("BROKER_TLS__CLIENTAUTHORITIES");
        else _cluster.Set("BROKER_TLS__CLIENTAUTHORITIES", _authority.RootFile);
        return _cluster.StartGatewayAsync(name);
    }

    private Task<(int ExitCode, string Said)> CreateAsync(ClusterProcess gateway, string platform, params string[] tls) =>
        _cluster.CallAsync(gateway, ["platform", "add", platform, "--display-name", platform, "--partitions", "1", "--output", "json", .. tls]);

    private BrokerConnection Connect(ClusterProcess gateway, BrokerTls tls) => new(new BrokerConnectionOptions
    {
        Address = gateway.Address,
        Tls = tls,
        Token = _ => ValueTask.FromResult(_cluster.Identity.Mint(new VerifiedCaller { Subject = "operator", Roles = Roles.Operator }, TimeSpan.FromHours(1))),
    });
}
