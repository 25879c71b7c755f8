using System.Net;
using Broker.Gateway;
using Broker.Gateway.Identity;
using Broker.Hosting.DataDirectories;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Broker.Hosting;

/// <summary>A running embedded node.</summary>
public sealed class BrokerNode : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly DataStores _stores;

    private BrokerNode(WebApplication app, DataStores stores) => (_app, _stores) = (app, stores);

    /// <summary>Where it listens: <c>http://127.0.0.1:PORT</c>.</summary>
    public Uri Address => new(_app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single());

    /// <summary>Its identity, which mints tokens.</summary>
    public EmbeddedIdentity Identity => _stores.Identity;

    /// <summary>Its data directory's full path.</summary>
    public string DataDirectory => _stores.Directory.Path;

    /// <summary>Its services.</summary>
    public IServiceProvider Services => _app.Services;

    /// <summary>Starts a node. It listens when this returns.</summary>
    /// <param name="options">The node's options.</param>
    /// <param name="configure">Logging, and the gateway's and grains' options; called last.</param>
    /// <param name="cancellationToken">Gives the start up.</param>
    /// <exception cref="NodeStartException">An option out of range, a directory or port that is in use, a store that is not safe.</exception>
    public static async Task<BrokerNode> StartAsync(NodeOptions options, Action<WebApplicationBuilder>? configure, CancellationToken cancellationToken)
    {
        Check(options);
        var endpoint = new IPEndPoint(IPAddress.Loopback, options.Port);
        PortInUse.RequireFree(endpoint);
        var builder = WebApplication.CreateSlimBuilder();
        var stores = await DataStores.OpenAsync(options.DataDirectory, TimeProvider.System);
        WebApplication? app = null;
        try
        {
            builder.AddBroker(options, stores);
            configure?.Invoke(builder);
            app = builder.Build();
            app.MapBroker();
            await app.StartAsync(cancellationToken);
            return new BrokerNode(app, stores);
        }
        catch (Exception failure)
        {
            if (app is not null) await app.DisposeAsync();
            await stores.DisposeAsync();
            if (PortInUse.Is(failure)) throw PortInUse.Of(endpoint, failure);
            throw;
        }
    }

    /// <summary>Stops taking calls, lets what is under way end, and closes the stores.</summary>
    public async Task StopAsync(CancellationToken cancellationToken) => await _app.StopAsync(cancellationToken);

    /// <summary>Done when the process was told to stop (SIGTERM, Ctrl-C) and the node has.</summary>
    public Task WaitForShutdownAsync(CancellationToken cancellationToken) => _app.WaitForShutdownAsync(cancellationToken);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        await _stores.DisposeAsync();
    }

    private static void Check(NodeOptions options)
    {
        var result = new NodeOptionsValidator().Validate(null, options);
        if (result.Failed) throw new NodeStartException(result.FailureMessage);
    }
}
