using System.Net;
using System.Net.Sockets;
using Broker.Gateway;
using Broker.Gateway.Identity.Issuers;
using Broker.Grains.Keys;
using Broker.Grains.Logs;
using Broker.Grains.Serialization;
using Broker.Hosting.Segments;
using Broker.Hosting.Silos;
using Broker.Hosting.Telemetry;
using Broker.Hosting.Tls;
using Broker.Storage.Keys;
using Broker.Storage.Logs;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Broker.Hosting.Clusters;

/// <summary>The composition of a cluster's node: hosting differs only in what is registered here.</summary>
internal static class ClusterRegistration
{
    /// <summary>Registers a silo, a gateway or both over the cluster's stores.</summary>
    public static void AddClusterNode(this WebApplicationBuilder builder, ClusterNodeOptions node, ClusterStores stores, IPEndPoint listen, NodeTls tls)
    {
        builder.Services.AddSingleton(node);
        builder.Services.TryAddSingleton(TimeProvider.System);
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromSeconds(node.StopSeconds));
        builder.Services.AddSingleton<ILogStore>(stores.Logs);
        builder.Services.AddSingleton<ILogStandings>(new PostgresLogStandings(stores.Database));
        builder.Services.AddSingleton<ILogMarks>(stores.Objects.Marks);
        builder.Services.AddSingleton<IUserKeyStore>(provider => new PostgresUserKeyStore(stores.KeysDatabase, provider.GetRequiredService<IEntropy>()));
        builder.Services.TryAddSingleton<IEntropy, SystemEntropy>();
        builder.Services.AddSegments(_ => stores.Objects.Segments, stores.Directory.TemporaryDirectory);
        if (node.Roles.HasFlag(NodeRoles.Silo)) builder.AddSilo(node, stores, tls.Silo);
        else builder.AddSiloClient(node, stores, tls.Silo);
        if (node.Roles.HasFlag(NodeRoles.Gateway)) builder.AddGateway(node, stores);
        else builder.Services.AddBrokerHealth();
        builder.Services.AddOptionsOf(node);
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(listen, endpoint =>
        {
            endpoint.Protocols = HttpProtocols.Http2;
            tls.Gateway?.Use(endpoint);
        }));
        builder.AddTelemetry(node.Telemetry); // after the listener of gRPC: the first one is the node's address
    }

    private static void AddSilo(this WebApplicationBuilder builder, ClusterNodeOptions node, ClusterStores stores, SiloTls? tls)
    {
        var address = ListenAddress.ParseAddress(node.SiloAddress, nameof(node.SiloAddress));
        var endpoint = new IPEndPoint(address, PortOf(address, node.SiloPort));
        builder.UseOrleans(silo =>
        {
            silo.AddClusterSettings(node, endpoint, PortOf(address, node.SiloGatewayPort));
            if (tls is not null) silo.UseTls(tls.Apply);
            silo.Services.AddSingleton<ISnapshotStore>(provider => new ObjectSnapshotStore(
                stores.Objects.Snapshots, provider.GetRequiredService<ILogger<ObjectSnapshotStore>>()));
            silo.Services.AddLogGrains();
        });
        builder.Services.AddHostedService<WakingStart>();
    }

    private static void AddSiloClient(this WebApplicationBuilder builder, ClusterNodeOptions node, ClusterStores stores, SiloTls? tls)
    {
        builder.UseOrleansClient(client =>
        {
            client.AddClusterSettings(node);
            if (tls is not null) client.UseTls(tls.Apply);
            client.Services.AddSingleton<IClientConnectionRetryFilter>(provider => new JoinPatience(node.Membership, provider.GetRequiredService<TimeProvider>()));
            client.Services.AddBrokerSerialization();
        });
        builder.Services.AddSingleton(provider => ActivatorUtilities.CreateInstance<SiloWatch>(provider, stores.Database.Source, node.ClusterId, node.Calls));
        builder.Services.AddHostedService(static provider => provider.GetRequiredService<SiloWatch>());
        builder.Services.AddSendLeases();
    }

    private static void AddGateway(this WebApplicationBuilder builder, ClusterNodeOptions node, ClusterStores stores)
    {
        builder.Services.AddBrokerIdentity(stores.Identity, [.. node.Issuers]);
        builder.Services.AddBrokerGateway();
    }

    // What is bound and checked already stands in for what would be made of defaults.
    private static void AddOptionsOf(this IServiceCollection services, ClusterNodeOptions node)
    {
        services.AddSingleton(Options.Create(node.Logs));
        services.AddSingleton(Options.Create(node.Leases));
        services.AddSingleton(Options.Create(node.Gateway));
        services.AddSingleton(Options.Create(node.Pulls));
        services.AddSingleton(Options.Create(node.Imports));
        services.AddSingleton(Options.Create(node.Merges));
        services.AddSingleton(Options.Create(node.Tokens));
    }

    private static int PortOf(IPAddress address, int port)
    {
        if (port != 0)
        {
            PortInUse.RequireFree(new IPEndPoint(address, port));
            return port;
        }

        using var probe = new TcpListener(address, 0);
        probe.Start();
        return ((IPEndPoint)probe.LocalEndpoint).Port;
    }
}
