using Broker.Gateway;
using Broker.Gateway.Identity;
using Broker.Hosting.Telemetry;
using Broker.Hosting.Tls;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Broker.Hosting.Clusters;

/// <summary>A running process of a cluster: silo, gateway, or both.</summary>
public sealed class ClusterNode : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ClusterStores _stores;

    private ClusterNode(WebApplication app, ClusterStores stores) => (_app, _stores) = (app, stores);

    /// <summary>Where it listens.</summary>
    public Uri Address => new(_app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());

    /// <summary>Its data directory's full path.</summary>
    public string DataDirectory => _stores.Directory.Path;

    /// <summary>The key that mints tokens, where the node has one of its own.</summary>
    public EmbeddedIdentity? Identity => _stores.Identity;

    /// <summary>Its services.</summary>
    public IServiceProvider Services => _app.Services;

    /// <summary>Starts a node. When this returns it has joined, and listens.</summary>
    /// <param name="options">The node's options.</param>
    /// <param name="configure">Logging and the like; called last.</param>
    /// <param name="cancellationToken">Gives the start up.</param>
    /// <exception cref="NodeStartException">Something that the node needs is not there, not safe, or not this release's; the message says what to do.</exception>
    public static async Task<ClusterNode> StartAsync(ClusterNodeOptions options, Action<WebApplicationBuilder>? configure, CancellationToken cancellationToken)
    {
        Check(options);
        var listen = ListenAddress.Parse(options.Listen, nameof(options.Listen));
        IdentityChoice.Check(options, listen);
        TlsChoice.Check(options, listen);
        var tls = NodeTls.Open(options, TimeProvider.System);
        var builder = WebApplication.CreateSlimBuilder();
        var stores = await ClusterStores.OpenAsync(options, TimeProvider.System, cancellationToken);
        WebApplication? app = null;
        using var joining = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var death = new SiloDeath(joining);
        try
        {
            builder.AddClusterNode(options, stores, listen, tls);
            builder.Services.AddSingleton<IFatalErrorHandler>(death);
            configure?.Invoke(builder);
            app = builder.Build();
            tls.LogTo(app.Services.GetRequiredService<ILoggerFactory>());
            app.UseTelemetry(options.Telemetry);
            if (options.Roles.HasFlag(NodeRoles.Gateway)) app.MapBroker();
            else app.MapBrokerHealth();
            joining.CancelAfter(options.Membership.JoinTime);
            await app.StartAsync(joining.Token);
            death.Joined();
            return new ClusterNode(app, stores);
        }
        catch (Exception failure)
        {
            if (app is not null) await app.DisposeAsync();
            await stores.DisposeAsync();
            if (PortInUse.Is(failure)) throw PortInUse.Of(listen, failure);
            var isGivenUp = failure is OperationCanceledException && !cancellationToken.IsCancellationRequested;
            if (!isGivenUp && failure is not (OrleansException or TimeoutException)) throw;
            throw new NodeStartException(
                $"No way to the cluster's silos {(death.Reason is null ? $"within {options.Membership.JoinTime}" : "and back: they declared this node dead while it joined")}: look at SiloTls, which is the same on every node (docs/tls.md), at the net between them, and at what the silos say. {death.Reason ?? failure.Message}",
                failure);
        }
    }

    /// <summary>Takes no more calls, lets what is under way end, leaves the membership.</summary>
    public async Task StopAsync(CancellationToken cancellationToken) => await _app.StopAsync(cancellationToken);

    /// <summary>Done when the process was told to stop (SIGTERM, Ctrl-C) and the node has.</summary>
    public Task WaitForShutdownAsync(CancellationToken cancellationToken) => _app.WaitForShutdownAsync(cancellationToken);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        await _stores.DisposeAsync();
    }

    private static void Check(ClusterNodeOptions options)
    {
        var result = new ClusterNodeOptionsValidator().Validate(null, options);
        if (result.Failed) throw new NodeStartException(result.FailureMessage);
        if (options.Roles is not (NodeRoles.Silo or NodeRoles.Gateway or NodeRoles.Both)) throw new NodeStartException("Roles is silo, gateway, or both.");
        try
        {
            options.Logs.Validate();
        }
        catch (ArgumentOutOfRangeException outOfRange)
        {
            throw new NodeStartException($"Logs: {outOfRange.Message}", outOfRange);
        }
    }
}
