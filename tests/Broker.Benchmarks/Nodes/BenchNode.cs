using System.Text.Json;
using Broker.Faults.Rig;
using Broker.Hosting.Clusters;
using Broker.TestKit.Nodes;
using Grpc.Net.Client;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Broker.Benchmarks.Nodes;

/// <summary>PostgreSQL, and a node of a cluster in this process, silo and gateway, with one platform.</summary>
internal sealed class BenchNode : IAsyncDisposable
{
    /// <summary>The platform's partitions.</summary>
    public const int Partitions = 4;

    private readonly TemporaryDirectory _root;
    private readonly RigCluster _rig;
    private ClusterNode _node = null!;

    private BenchNode(TemporaryDirectory root, RigCluster rig) => (_root, _rig) = (root, rig);

    /// <summary>Its grains, called as its gateway calls them.</summary>
    public IGrainFactory Grains { get; private set; } = null!;

    /// <summary>A channel to it.</summary>
    public GrpcChannel Channel { get; private set; } = null!;

    /// <summary>Calls to it.</summary>
    public TestCalls Calls { get; private set; } = null!;

    /// <summary>How to connect to the database.</summary>
    public string Database => _rig.Setting("BROKER_DATABASE");

    /// <summary>A folder that goes with it.</summary>
    public string Root => _root.Path;

    /// <summary>Starts one.</summary>
    public static async Task<BenchNode> StartAsync(CancellationToken cancellationToken)
    {
        var root = new TemporaryDirectory();
        var rig = await RigCluster.StartAsync(root.Path, silos: 0, gateways: 0, new Dictionary<string, string>(), cancellationToken);
        var bench = new BenchNode(root, rig);
        await bench.StartNodeAsync(cancellationToken);
        await bench.Calls.AddPlatformAsync(Partitions);
        return bench;
    }

    /// <summary>Stops the node and starts it anew over the same stores; its partitions are not taken up yet.</summary>
    public async Task RestartAsync(CancellationToken cancellationToken)
    {
        await StopNodeAsync();
        await StartNodeAsync(cancellationToken);
    }

    /// <summary>Lets <c>broker audit</c> replay every log, segments included.</summary>
    /// <returns>Its JSON.</returns>
    /// <exception cref="BooksException">It found a promise broken.</exception>
    public async Task<JsonElement> AuditAsync(CancellationToken cancellationToken)
    {
        var result = await _rig.AuditAsync(_node.Address, cancellationToken);
        return result.ExitCode == 0 ? JsonDocument.Parse(result.Output).RootElement : throw new BooksException($"broker audit ended with {result.ExitCode}: {result.Output}{result.Errors}");
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await StopNodeAsync();
        await _rig.DisposeAsync();
        _root.Dispose();
    }

    private async Task StartNodeAsync(CancellationToken cancellationToken)
    {
        var options = new ClusterNodeOptions
        {
            Roles = NodeRoles.Both,
            Listen = "127.0.0.1:0",
            SiloPort = 0,
            SiloGatewayPort = 0,
            Database = _rig.Setting("BROKER_DATABASE"),
            KeysDatabase = _rig.Setting("BROKER_KEYSDATABASE"),
            Objects = _rig.Setting("BROKER_OBJECTS"),
            IdentityDirectory = _rig.Setting("BROKER_IDENTITYDIRECTORY"),
            DataDirectory = Path.Combine(_root.Path, "node"),
        };
        _node = await ClusterNode.StartAsync(options, builder => builder.Logging.ClearProviders(), cancellationToken);
        Grains = _node.Services.GetRequiredService<IGrainFactory>();
        Channel = GrpcChannel.ForAddress(_node.Address, new GrpcChannelOptions { MaxReceiveMessageSize = null });
        Calls = new TestCalls(Channel, _rig.Identity);
    }

    private async Task StopNodeAsync()
    {
        Channel.Dispose();
        await _node.StopAsync(CancellationToken.None); // grains write to its objects until they have ended
        await _node.DisposeAsync();
    }
}
