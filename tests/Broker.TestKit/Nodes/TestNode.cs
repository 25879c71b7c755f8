using Broker.Hosting;
using Grpc.Net.Client;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Logging;

namespace Broker.TestKit.Nodes;

/// <summary>An embedded node in this process, on a free port, over a directory that goes with it.</summary>
public sealed class TestNode : IAsyncDisposable
{
    private readonly DirectoryInfo _directory;
    private readonly Action<WebApplicationBuilder>? _configure;
    private BrokerNode _node;
    private GrpcChannel _channel;

    private TestNode(DirectoryInfo directory, BrokerNode node, Action<WebApplicationBuilder>? configure)
    {
        (_directory, _node, _configure) = (directory, node, configure);
        _channel = GrpcChannel.ForAddress(node.Address);
        Calls = new TestCalls(_channel, node.Identity);
    }

    /// <summary>The node.</summary>
    public BrokerNode Node => _node;

    /// <summary>Calls to it.</summary>
    public TestCalls Calls { get; private set; }

    /// <summary>Starts a node in a fresh directory.</summary>
    public static async Task<TestNode> StartAsync(Action<WebApplicationBuilder>? configure = null)
    {
        var directory = Directory.CreateTempSubdirectory("broker-node-");
        return new TestNode(directory, await StartAsync(directory, configure), configure);
    }

    /// <summary>Stops the node and starts another one over the same directory.</summary>
    /// <param name="whileStopped">What is done to the directory in between.</param>
    public async Task RestartAsync(Action? whileStopped = null)
    {
        await StopAsync();
        whileStopped?.Invoke();
        _node = await StartAsync(_directory, _configure);
        _channel = GrpcChannel.ForAddress(_node.Address);
        Calls = new TestCalls(_channel, _node.Identity);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _directory.Delete(recursive: true);
    }

    private async Task StopAsync()
    {
        _channel.Dispose();
        await _node.StopAsync(CancellationToken.None);
        await _node.DisposeAsync();
    }

    private static Task<BrokerNode> StartAsync(DirectoryInfo directory, Action<WebApplicationBuilder>? configure) => BrokerNode.StartAsync(
        new NodeOptions { DataDirectory = directory.FullName, Port = 0 },
        builder =>
        {
            builder.Logging.SetMinimumLevel(LogLevel.Warning).AddSimpleConsole();
            configure?.Invoke(builder);
        },
        CancellationToken.None);
}
