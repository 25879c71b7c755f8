using System.Globalization;
using Broker.Gateway.Identity;
using Broker.Hosting.DataDirectories;
using Broker.TestKit.Postgres;

namespace Broker.Faults.Rig;

/// <summary>A cluster of real processes on this machine: PostgreSQL, silos, gateways, and what they share.</summary>
internal sealed class RigCluster : IAsyncDisposable
{
    private readonly string _root;
    private readonly PostgresServer _postgres;
    private readonly Dictionary<string, string> _environment;

    private RigCluster(string root, PostgresServer postgres, Dictionary<string, string> environment, EmbeddedIdentity identity) =>
        (_root, _postgres, _environment, Identity) = (root, postgres, environment, identity);

    /// <summary>Mints tokens that every gateway takes.</summary>
    public EmbeddedIdentity Identity { get; }

    /// <summary>A folder with <c>objects/</c> and <c>identity/</c>, as an auditor takes it.</summary>
    public string Root => _root;

    /// <summary>PostgreSQL.</summary>
    public PostgresServer Postgres => _postgres;

    /// <summary>The silos by number; one that was killed is there until it is started again.</summary>
    public NodeProcess[] Silos { get; private set; } = [];

    /// <summary>The gateways by number.</summary>
    public NodeProcess[] Gateways { get; private set; } = [];

    /// <summary>The file that makes a gateway stop itself before its next write of records of the deal that the file names.</summary>
    public string FailPointOf(int gateway) => Path.Combine(_root, $"stop-gateway-{gateway}");

    /// <summary>Starts everything.</summary>
    /// <param name="root">An empty folder, for data and the processes' logs.</param>
    /// <param name="silos">How many.</param>
    /// <param name="gateways">How many.</param>
    /// <param name="settings">Further <c>BROKER_…</c> variables.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public static async Task<RigCluster> StartAsync(string root, int silos, int gateways, IReadOnlyDictionary<string, string> settings, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(DataDirectory.ObjectsDirectoryOf(root));
        var postgres = await PostgresServer.StartAsync();
        var environment = new Dictionary<string, string>(settings)
        {
            ["BROKER_DATABASE"] = await postgres.CreateDatabaseAsync(),
            ["BROKER_KEYSDATABASE"] = await postgres.CreateDatabaseAsync(),
            ["BROKER_OBJECTS"] = DataDirectory.ObjectsDirectoryOf(root),
            ["BROKER_IDENTITYDIRECTORY"] = DataDirectory.IdentityDirectoryOf(root),
            ["DOTNET_TieredPGO"] = "0",
        };
        var cluster = new RigCluster(root, postgres, environment, EmbeddedIdentity.Open(DataDirectory.IdentityDirectoryOf(root), TimeProvider.System));
        try
        {
            await BrokerCommand.RequireAsync(environment, ["cluster", "migrate"], cancellationToken);
            cluster.Silos = new NodeProcess[silos];
            cluster.Gateways = new NodeProcess[gateways];
            for (var silo = 0; silo < silos; silo++) await cluster.StartSiloAsync(silo, cancellationToken);
            for (var gateway = 0; gateway < gateways; gateway++) await cluster.StartGatewayAsync(gateway, cancellationToken);
            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    /// <summary>Starts a silo, for the first time or after its death.</summary>
    public async Task StartSiloAsync(int silo, CancellationToken cancellationToken)
    {
        Silos[silo]?.Dispose();
        Silos[silo] = await StartAsync($"silo-{silo}", ["--roles", "silo", "--silo-port", "0", "--silo-gateway-port", "0", "--listen", "127.0.0.1:0"], [], cancellationToken);
    }

    /// <summary>Starts a gateway, for the first time or after its death; at the port that it had.</summary>
    public async Task StartGatewayAsync(int gateway, CancellationToken cancellationToken)
    {
        var port = Gateways[gateway]?.Address.Port ?? 0;
        Gateways[gateway]?.Dispose();
        Gateways[gateway] = await StartAsync(
            $"gateway-{gateway}",
            ["--roles", "gateway", "--listen", string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{port}")],
            [new("BROKER_STOP_BEFORE_WRITE", FailPointOf(gateway))],
            cancellationToken);
    }

    /// <summary>What <c>broker audit</c> says of the running cluster, segments included.</summary>
    /// <param name="gateway">A gateway of it.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public Task<BrokerCommand.Result> AuditAsync(Uri gateway, CancellationToken cancellationToken) => BrokerCommand.RunAsync(
        _environment, ["audit", "--server", gateway.ToString().TrimEnd('/'), "--data", _root, "--objects", _environment["BROKER_OBJECTS"], "--output", "json"], cancellationToken);

    /// <summary>A <c>BROKER_…</c> variable of every node.</summary>
    public string Setting(string name) => _environment[name];

    /// <summary>What the processes said last, for a failure's report.</summary>
    public string Said => string.Join(
        Environment.NewLine,
        Silos.Concat(Gateways).Where(node => node is not null).Select(node => $"--- {node.Name}{Environment.NewLine}{string.Join(Environment.NewLine, node.Said.Split(Environment.NewLine).TakeLast(5).Select(line => line.Length > 300 ? line[..300] : line))}"));

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (var node in Silos.Concat(Gateways)) node?.Dispose();
        Identity.Dispose();
        await _postgres.DisposeAsync();
    }

    private Task<NodeProcess> StartAsync(string name, IReadOnlyList<string> arguments, IEnumerable<KeyValuePair<string, string>> more, CancellationToken cancellationToken)
    {
        var environment = new Dictionary<string, string>(_environment);
        foreach (var (key, value) in more) environment[key] = value;
        environment["BROKER_NAME"] = name;
        return NodeProcess.StartAsync(name, [.. arguments, "--data", Path.Combine(_root, name)], environment, Path.Combine(_root, $"{name}.log"), cancellationToken);
    }
}
