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
    private readonly ClusterNode _node;

    private BenchNode(TemporaryDirectory root, RigCluster rig, ClusterNode node)
    {
        (_root, _rig, _node) = (root, rig, node);
        Grains = node.Services.GetRequiredService<IGrainFactory>();
        Channel = GrpcChannel.ForAddress(node.Address, new GrpcChannelOptions { MaxReceiveMessageSize = null });
        Calls = new TestCalls(Channel, rig.Identity);
    }

    /// <summary>Its grains, called as its gateway calls them.</summary>
    public IGrainFactory Grains { get; }

    /// <summary>A channel to it.</summary>
    public GrpcChannel Channel { get; }

    /// <summary>Calls to it.</summary>
    public TestCalls Calls { get; }

    /// <summary>How to connect to the database.</summary>
    public string Database => _rig.Setting("BROKER_DATABASE");

    /// <summary>A folder that goes with it.</summary>
    public string Root => _root.Path;

    /// <summary>Starts one.</summary>
    public static async Task<BenchNode> StartAsync(CancellationToken cancellationToken)
    {
        var root = new TemporaryDirectory();
        var rig = await RigCluster.StartAsync(root.Path, silos: 0, gateways: 0, new Dictionary<string, string>(), cancellationToken);
        var options = new ClusterNodeOptions
        {
            Roles = NodeRoles.Both,
            Listen = "127.0.0.1:0",
            SiloPort = 0,
            SiloGatewayPort = 0,
            Database = rig.Setting("BROKER_DATABASE"),
            KeysDatabase = rig.Setting("BROKER_KEYSDATABASE"),
            Objects = rig.Setting("BROKER_OBJECTS"),
            IdentityDirectory = rig.Setting("BROKER_IDENTITYDIRECTORY"),
            DataDirectory = Path.Combine(root.Path, "node"),
        };
        var node = await ClusterNode.StartAsync(options, builder => builder.Logging.ClearProviders(), cancellationToken);
        var bench = new BenchNode(root, rig, node);
        await bench.Calls.AddPlatformAsync(Partitions);
        return bench;
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
        Channel.Dispose();
        await _node.StopAsync(CancellationToken.None); // grains write to its objects until they have ended
        await _node.DisposeAsync();
        await _rig.DisposeAsync();
        _root.Dispose();
    }
}
