using Broker.Gateway.Identity.Issuers;
using Broker.Hosting;
using Broker.Hosting.Clusters;
using Broker.Protos.V1;
using Broker.TestKit.Issuers;
using Broker.TestKit.Nodes;
using Broker.TestKit.Postgres;
using Grpc.Core;
using Grpc.Net.Client;
using Microsoft.IdentityModel.Tokens;

namespace Broker.EndToEnd.Clusters;

/// <summary>A cluster whose callers come from an external issuer; and gateways that must not start.</summary>
public sealed class IssuerClusterTests : IAsyncLifetime
{
    private readonly RsaSecurityKey _key = ForeignIssuer.NewRsa("first");
    private ForeignIssuer _issuer = null!;

    public async Task InitializeAsync()
    {
        _issuer = await ForeignIssuer.StartAsync();
        _issuer.Publish(_key);
    }

    public async Task DisposeAsync()
    {
        await _issuer.DisposeAsync();
        _key.Rsa.Dispose();
    }

    public static TheoryData<string, Action<ClusterNodeOptions>> Refused => new()
    {
        { "needs an external issuer", options => options.Listen = "0.0.0.0:0" },
        { "needs an external issuer", options => options.Listen = "[::]:0" },
        { "needs an external issuer", options => (options.Listen, options.Roles) = ("192.0.2.1:0", NodeRoles.Gateway) },
        { "must not use the embedded key", options => (options.Listen, options.IsEmbeddedKeyUsed) = ("0.0.0.0:0", true) },
        { "must not use the embedded key", options => (options.Listen, options.IsEmbeddedKeyUsed, options.Issuers) = ("0.0.0.0:0", true, [Issuer()]) },
        { "must not use the embedded key", options => (options.Listen, options.IdentityDirectory, options.Issuers) = ("0.0.0.0:0", "keys", [Issuer()]) },
        { "would believe nobody", options => options.IsEmbeddedKeyUsed = false },
        { "HS256", options => options.Issuers = [Issuer(issuer => issuer.Algorithms.Add("HS256"))] },
        { "Issuers[1]", options => options.Issuers = [Issuer(), Issuer(issuer => issuer.Audience = "")] },
        { "Claims", options => options.Issuers = [Issuer(issuer => issuer.Claims.Roles = "")] },
        { "twice", options => options.Issuers = [Issuer(), Issuer()] },
        { "SubjectPrefix", options => options.Issuers = [Issuer(), Issuer(issuer => issuer.Issuer = "https://other.example")] },
    };

    [Theory]
    [MemberData(nameof(Refused))]
    public async Task A_gateway_that_would_believe_the_wrong_ones_does_not_start(string says, Action<ClusterNodeOptions> change)
    {
        using var directory = new TemporaryDirectory();
        var options = Options(directory);
        change(options);
        var refused = await Assert.ThrowsAsync<NodeStartException>(() => ClusterNode.StartAsync(options, configure: null, CancellationToken.None));
        Assert.Contains(says, refused.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFileSystemEntries(directory.Path));
    }

    public static TheoryData<Action<ClusterNodeOptions>> Believable =>
    [
        _ => { },
        options => options.IsEmbeddedKeyUsed = true,
        options => options.Issuers = [Issuer()],
        options => (options.IsEmbeddedKeyUsed, options.Issuers) = (false, [Issuer()]),
        options => (options.Listen, options.Roles) = ("0.0.0.0:0", NodeRoles.Silo),
        // Half an issuer, the rest of which the gateways' variables say.
        options => (options.Listen, options.Roles, options.Issuers) = ("0.0.0.0:0", NodeRoles.Silo, [new OidcOptions { Platforms = ["*"] }]),
    ];

    [Theory]
    [MemberData(nameof(Believable))]
    public async Task A_node_that_believes_the_right_ones_goes_on_to_its_database(Action<ClusterNodeOptions> change)
    {
        using var directory = new TemporaryDirectory();
        var options = Options(directory);
        change(options);
        var refused = await Assert.ThrowsAsync<NodeStartException>(() => ClusterNode.StartAsync(options, configure: null, CancellationToken.None));
        Assert.Contains("database", refused.Message, StringComparison.OrdinalIgnoreCase);
    }

    [SkippableFact]
    public async Task A_cluster_serves_the_callers_of_its_issuer_each_on_its_own_platform()
    {
        Skip.If(PostgresBinaries.Directory is null, PostgresBinaries.Missing);
        await using var cluster = await ProcessCluster.CreateAsync(new Dictionary<string, string>
        {
            ["BROKER_ISSUERS__0__ISSUER"] = _issuer.Address,
            ["BROKER_ISSUERS__0__AUDIENCE"] = ForeignIssuer.Audience,
            ["BROKER_ISSUERS__0__PLATFORMS__0"] = TestCalls.PlatformId,
            ["BROKER_ISSUERS__0__SUBJECTPREFIX"] = "staff",
        });
        var node = await cluster.StartBothAsync("node-0");
        var calls = cluster.CallsTo(node);
        await calls.AddPlatformAsync(partitionCount: 1); // by the embedded key, which counts beside it
        await calls.AddDealAsync("lab", "pact");

        using var channel = GrpcChannel.ForAddress(node.Address);
        var deals = new DealService.DealServiceClient(channel);
        var suspend = new SuspendDealRequest { Name = "platforms/acme/deals/pact", Reason = "Asked to.", RequestId = TestCalls.NewId() };
        Assert.Equal(StatusCode.Unauthenticated, await StatusOf(deals, suspend, Claims("business", "other")));
        Assert.Equal(StatusCode.PermissionDenied, await StatusOf(deals, suspend, Claims("user", "acme")));
        Assert.Equal(StatusCode.Unauthenticated, await StatusOf(deals, suspend, Claims("operator", "acme")));
        var deal = await deals.SuspendDealAsync(suspend, As(Claims("business", "acme")));
        Assert.Equal(Deal.Types.State.Suspended, deal.Deal.State);
    }

    private async Task<StatusCode> StatusOf(DealService.DealServiceClient deals, SuspendDealRequest request, Dictionary<string, object> claims) =>
        (await Assert.ThrowsAsync<RpcException>(async () => await deals.SuspendDealAsync(request, As(claims)))).StatusCode;

    private static OidcOptions Issuer(Action<OidcOptions>? change = null)
    {
        var options = new OidcOptions { Issuer = "https://issuer.example", Audience = "broker", Platforms = ["*"] };
        change?.Invoke(options);
        return options;
    }

    private static ClusterNodeOptions Options(TemporaryDirectory directory) => new()
    {
        Database = "Host=127.0.0.1;Port=1;Username=nobody;Database=none;Timeout=5",
        Objects = Path.Combine(directory.Path, "objects"),
        DataDirectory = Path.Combine(directory.Path, "data"),
        Listen = "127.0.0.1:0",
    };

    private Grpc.Core.CallOptions As(Dictionary<string, object> claims) =>
        new(new Metadata { { "authorization", $"Bearer {_issuer.Write(_key, SecurityAlgorithms.RsaSha256, DateTimeOffset.UtcNow, claims)}" } });

    private static Dictionary<string, object> Claims(string role, string platform) =>
        new() { ["sub"] = "ann", ["roles"] = new[] { role }, ["platform"] = platform, ["user"] = "u" };
}
