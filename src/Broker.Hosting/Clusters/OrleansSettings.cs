using System.Net;
using Broker.Storage.Migrations;
using Broker.Grains.Logs;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Configuration;

namespace Broker.Hosting.Clusters;

/// <summary>Puts a cluster's options into Orleans' own.</summary>
internal static class OrleansSettings
{
    /// <summary>The invariant under which Orleans' AdoNet providers know Npgsql.</summary>
    public const string Invariant = "Npgsql";

    private static readonly TimeSpan EvictionMargin = TimeSpan.FromSeconds(30);

    /// <summary>Clustering, reminders and grain storage on the database; membership, directory and limits.</summary>
    public static void AddClusterSettings(this ISiloBuilder silo, ClusterNodeOptions node, IPEndPoint siloEndpoint, int gatewayPort)
    {
        var (membership, calls) = (node.Membership, node.Calls);
        silo.Configure<ClusterOptions>(options => (options.ClusterId, options.ServiceId) = (node.ClusterId, node.ClusterId));
        if (node.Name is { Length: > 0 } name) silo.Configure<SiloOptions>(options => options.SiloName = name);
        silo.UseAdoNetClustering(options => (options.Invariant, options.ConnectionString) = (Invariant, node.Database));
        silo.UseAdoNetReminderService(options => (options.Invariant, options.ConnectionString) = (Invariant, node.Database));
        silo.AddAdoNetGrainStorageAsDefault(options => (options.Invariant, options.ConnectionString) = (Invariant, node.Database));
        silo.Configure<EndpointOptions>(options =>
        {
            (options.AdvertisedIPAddress, options.SiloPort, options.GatewayPort) = (siloEndpoint.Address, siloEndpoint.Port, gatewayPort);
            // Everything listens where it is reached; a node in a container is reached at its own address.
            options.SiloListeningEndpoint = siloEndpoint;
            options.GatewayListeningEndpoint = new IPEndPoint(siloEndpoint.Address, gatewayPort);
        });
        silo.Configure<ClusterMembershipOptions>(options => Apply(membership, options));
        silo.Configure<SiloMessagingOptions>(options =>
        {
            (options.ResponseTimeout, options.SystemResponseTimeout) = (calls.ResponseTimeout, calls.ResponseTimeout);
            options.MaxEnqueuedRequestsHardLimit = calls.WaitingCallsMax;
            options.MaxEnqueuedRequestsHardLimit_StatelessWorker = calls.WaitingCallsMax;
        });
        silo.Configure<LoadSheddingOptions>(options =>
            (options.LoadSheddingEnabled, options.CpuThreshold, options.MemoryThreshold) = (true, calls.CpuPercentMax, calls.MemoryPercentMax));
        silo.Services.AddCallFailures();
        AddDirectory(silo, membership);
        // Again, now that the silo stands in the membership, and before it holds a grain: see ClusterLease.
        silo.AddStartupTask(
            (_, cancellationToken) => ClusterLease.AgreeAsync(ClusterDatabases.Of(node).Logs, node.Leases.Lease, cancellationToken), ServiceLifecycleStage.ApplicationServices);
        if (node.IsRebalanced) silo.AddRebalancer();
    }

    /// <summary>A gateway alone: a client of the silos.</summary>
    public static void AddClusterSettings(this IClientBuilder client, ClusterNodeOptions node)
    {
        client.Configure<ClusterOptions>(options => (options.ClusterId, options.ServiceId) = (node.ClusterId, node.ClusterId));
        client.UseAdoNetClustering(options => (options.Invariant, options.ConnectionString) = (Invariant, node.Database));
        client.Configure<ClientMessagingOptions>(options => options.ResponseTimeout = node.Calls.ResponseTimeout);
        client.Configure<Orleans.Configuration.GatewayOptions>(options => options.GatewayListRefreshPeriod = node.Calls.SiloWatchPeriod);
        client.Services.AddCallFailures();
        client.AddOutgoingGrainCallFilter<DeadSiloFilter>();
    }

    private static void Apply(MembershipOptions membership, ClusterMembershipOptions options)
    {
        options.ProbeTimeout = membership.ProbeTimeout;
        options.MaxProbeTimeout = membership.ProbeTimeoutMax > membership.ProbeTimeout ? membership.ProbeTimeoutMax : membership.ProbeTimeout;
        options.NumMissedProbesLimit = membership.MissedProbesMax;
        options.NumVotesForDeathDeclaration = membership.DeathVotes;
        options.TableRefreshTimeout = membership.TableRefresh;
        options.IAmAliveTablePublishTimeout = membership.AliveWrites;
        // Past this, silos evict whoever still joins, and an evicted process is torn down in the middle. One that cannot join gives up before, and says why:
        // see ClusterNode.StartAsync. Eviction is for those that died while they joined.
        options.MaxJoinAttemptTime = membership.JoinTime + EvictionMargin;
        options.DefunctSiloExpiration = TimeSpan.FromDays(1);
        options.DefunctSiloCleanupPeriod = TimeSpan.FromHours(1);
    }

    private static void AddDirectory(ISiloBuilder silo, MembershipOptions membership)
    {
        if (!membership.IsDirectoryStrong) return;
#pragma warning disable ORLEANSEXP003 // chosen by measurement: docs/adr/0005
        silo.AddDistributedGrainDirectory();
#pragma warning restore ORLEANSEXP003
        silo.Configure<GrainDirectoryOptions>(options => options.RangeLeaseDuration = membership.DirectoryRangeLease);
    }
}
