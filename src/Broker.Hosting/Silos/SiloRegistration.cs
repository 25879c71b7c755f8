using System.Net;
using System.Net.Sockets;
using Broker.Grains.Keys;
using Broker.Grains.Logs;
using Broker.Grains.Merges;
using Broker.Grains.Partitions;
using Broker.Grains.Segments;
using Broker.Grains.Serialization;
using Broker.Grains.Tokens;
using Broker.Hosting.DataDirectories;
using Broker.Storage.GrainStorage;
using Broker.Storage.Keys;
using Broker.Storage.Logs;
using Broker.Storage.Objects.Directory;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans.Configuration;
using Orleans.Runtime.Hosting;
using Orleans.Storage;

namespace Broker.Hosting.Silos;

/// <summary>The silo of an embedded node: alone, on loopback, over the stores of its data directory.</summary>
internal static class SiloRegistration
{
    private const string Name = "broker-embedded";

    /// <summary>Configures Orleans.</summary>
    public static void AddEmbeddedSilo(this ISiloBuilder silo, DataStores stores)
    {
        // Nobody else joins: the ports are any that are free, and the membership lives in this process.
        var (siloPort, gatewayPort) = (FreePort(), FreePort());
        silo.UseLocalhostClustering(siloPort, gatewayPort, serviceId: Name, clusterId: Name);
        silo.Configure<EndpointOptions>(endpoints =>
        {
            endpoints.AdvertisedIPAddress = IPAddress.Loopback;
            endpoints.SiloListeningEndpoint = new IPEndPoint(IPAddress.Loopback, siloPort);
            endpoints.GatewayListeningEndpoint = new IPEndPoint(IPAddress.Loopback, gatewayPort);
        });
        AddPorts(silo.Services, stores);
    }

    /// <summary>What grains need of any silo, over the logs, snapshots and users' keys that are registered besides.</summary>
    public static void AddLogGrains(this IServiceCollection services)
    {
        services.AddBrokerSerialization();
        services.AddSingleton<IEntropy, SystemEntropy>();
        services.AddSingleton<LogMeter>();
        services.AddSingleton(provider => new LogServices(
            provider.GetRequiredService<ILogStore>(),
            provider.GetRequiredService<ISnapshotStore>(),
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<IOptions<LogOptions>>().Value,
            provider.GetRequiredService<LogMeter>(),
            provider.GetRequiredService<ILoggerFactory>())
        {
            Marks = provider.GetService<ILogMarks>(),
        });
        services.AddSingleton<IPartitionServices>(provider => new PartitionServices(
            provider.GetRequiredService<IUserKeyStore>(), provider.GetRequiredService<IEntropy>(), provider.GetRequiredService<ISegmentStore>())
        {
            Merger = provider.GetService<ISegmentMerger>(),
            Merges = provider.GetRequiredService<IOptions<MergeOptions>>().Value,
            Tokens = provider.GetService<ITokenCounter>(),
            Counting = provider.GetRequiredService<IOptions<TokenOptions>>().Value,
        });
        services.AddSendLeases();
    }

    /// <summary>The send lease's bounds, which silos and gateways share.</summary>
    public static void AddSendLeases(this IServiceCollection services)
    {
        services.AddOptions<SendLeaseOptions>().ValidateOnStart();
        services.TryAddSingleton<IValidateOptions<SendLeaseOptions>, SendLeaseOptionsValidator>();
    }

    private static void AddPorts(IServiceCollection services, DataStores stores)
    {
        services.AddSingleton(provider => new SqliteLogStore(stores.Logs, provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton<ILogStore>(static provider => provider.GetRequiredService<SqliteLogStore>());
        services.AddSingleton<ILogStandings>(static provider => provider.GetRequiredService<SqliteLogStore>());
        services.AddSingleton<ISnapshotStore>(provider =>
            new ObjectSnapshotStore(new DirectoryObjectStore(stores.Directory.SnapshotsDirectory), provider.GetRequiredService<ILogger<ObjectSnapshotStore>>()));
        services.AddSingleton<IUserKeyStore>(stores.Keys);
        services.AddLogGrains();
        services.AddGrainStorage("Default", (provider, _) =>
            (IGrainStorage)new SqliteGrainStorage(stores.Logs, provider.GetRequiredService<IGrainStorageSerializer>()));
        services.AddHostedService<LogWaker>();
    }

    private static int FreePort()
    {
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        return ((IPEndPoint)probe.LocalEndpoint).Port;
    }
}
