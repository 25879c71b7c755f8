using Broker.Client;
using Broker.Gateway.Identity;
using Broker.Hosting.DataDirectories;
using Broker.TestKit.Nodes;
using Broker.TestKit.Postgres;
using Grpc.Net.Client;

namespace Broker.EndToEnd.Clusters;

/// <summary>A cluster of real processes over a database of its own: silos, gateways, and what they share.</summary>
internal sealed class ProcessCluster : IAsyncDisposable
{
    private readonly TemporaryDirectory _root = new();
    private readonly Dictionary<string, string> _environment;
    private readonly List<ClusterProcess> _nodes = [];
    private readonly List<GrpcChannel> _channels = [];

    private ProcessCluster(string database, string keysDatabase, IReadOnlyDictionary<string, string> settings)
    {
        Database = database;
        _environment = new(settings)
        {
            ["BROKER_DATABASE"] = database,
            ["BROKER_KEYSDATABASE"] = keysDatabase,
            ["BROKER_OBJECTS"] = DataDirectory.ObjectsDirectoryOf(_root.Path),
            ["BROKER_IDENTITYDIRECTORY"] = DataDirectory.IdentityDirectoryOf(_root.Path),
        };
        Directory.CreateDirectory(_environment["BROKER_OBJECTS"]);
        Identity = EmbeddedIdentity.Open(DataDirectory.IdentityDirectoryOf(_root.Path), TimeProvider.System);
    }

    /// <summary>How to connect to the logs' database.</summary>
    public string Database { get; }

    /// <summary>Mints tokens that every gateway takes.</summary>
    public EmbeddedIdentity Identity { get; }

    /// <summary>A migrated cluster without nodes.</summary>
    /// <param name="settings">Further <c>BROKER_…</c> variables of every node.</param>
    public static async Task<ProcessCluster> CreateAsync(IReadOnlyDictionary<string, string> settings)
    {
        var server = await PostgresServer.SharedAsync();
        var cluster = new ProcessCluster(await server.CreateDatabaseAsync(), await server.CreateDatabaseAsync(), settings);
        var (exitCode, said) = await BrokerProgram.RunAsync(["cluster", "migrate"], cluster._environment);
        Assert.True(exitCode == 0, said);
        return cluster;
    }

    /// <summary>Starts a silo that serves no calls of clients.</summary>
    public Task<ClusterProcess> StartSiloAsync(string name, params string[] more) =>
        StartAsync(name, ["--roles", "silo", "--silo-port", "0", "--silo-gateway-port", "0", .. more]);

    /// <summary>Starts a gateway that is no silo.</summary>
    public Task<ClusterProcess> StartGatewayAsync(string name, params string[] more) => StartAsync(name, ["--roles", "gateway", .. more]);

    /// <summary>Starts a node that is both.</summary>
    public Task<ClusterProcess> StartBothAsync(string name, params string[] more) =>
        StartAsync(name, ["--roles", "silo,gateway", "--silo-port", "0", "--silo-gateway-port", "0", .. more]);

    /// <summary>Calls to one gateway, never to another.</summary>
    public TestCalls CallsTo(ClusterProcess gateway)
    {
        var channel = GrpcChannel.ForAddress(gateway.Address);
        _channels.Add(channel);
        return new TestCalls(channel, Identity);
    }

    /// <summary>A client's connection, which goes on at another gateway.</summary>
    public BrokerConnection Connect(VerifiedCaller caller, params ClusterProcess[] gateways) => new(new BrokerConnectionOptions
    {
        Address = gateways[0].Address,
        Alternatives = [.. gateways.Skip(1).Select(gateway => gateway.Address)],
        Token = _ => ValueTask.FromResult(Identity.Mint(caller, TimeSpan.FromHours(1))),
        Retry = new RetryOptions { AttemptsMax = 100, DelayMax = TimeSpan.FromSeconds(1) },
    });

    /// <summary>Sets a <c>BROKER_…</c> variable of the nodes that are started from now on.</summary>
    public void Set(string name, string value) => _environment[name] = value;

    /// <summary>Takes variables away again.</summary>
    public void Unset(params string[] names)
    {
        foreach (var name in names) _environment.Remove(name);
    }

    /// <summary>Runs a command that calls a gateway, with a token of the cluster's key.</summary>
    public Task<(int ExitCode, string Said)> CallAsync(ClusterProcess gateway, params string[] arguments) =>
        BrokerProgram.RunAsync([.. arguments, "--server", gateway.Address.ToString().TrimEnd('/'), "--data", _root.Path], _environment);

    /// <summary>Runs a command in the nodes' environment.</summary>
    public Task<(int ExitCode, string Said)> RunAsync(params string[] arguments) => BrokerProgram.RunAsync(arguments, _environment);

    /// <summary>What an auditor says of the running cluster, segments included.</summary>
    public Task<(int ExitCode, string Said)> AuditAsync(ClusterProcess gateway) => BrokerProgram.RunAsync(
        ["audit", "--server", gateway.Address.ToString().TrimEnd('/'), "--data", _root.Path, "--objects", _environment["BROKER_OBJECTS"], "--output", "json"], _environment);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (var channel in _channels) channel.Dispose();
        foreach (var node in _nodes) await node.DisposeAsync();
        Identity.Dispose();
        _root.Dispose();
    }

    private async Task<ClusterProcess> StartAsync(string name, IEnumerable<string> arguments)
    {
        var environment = new Dictionary<string, string>(_environment) { ["BROKER_NAME"] = name };
        var node = await ClusterProcess.StartAsync(["--listen", "127.0.0.1:0", "--data", Path.Combine(_root.Path, name), .. arguments], environment);
        _nodes.Add(node);
        return node;
    }
}
