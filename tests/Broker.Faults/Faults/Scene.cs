using Broker.Faults.Load;
using Broker.Faults.Rig;
using Broker.Gateway.Identity;
using Broker.Protos.V1;

namespace Broker.Faults.Faults;

/// <summary>What faults act on.</summary>
internal sealed class Scene : IDisposable
{
    private readonly Caller _operator;

    public Scene(RigCluster cluster, World world, Probes probes, IReadOnlyList<CuttingProxy> proxies, Random random)
    {
        (Cluster, World, Probes, Proxies, Random) = (cluster, world, probes, proxies, random);
        _operator = new Caller(cluster.Identity, new VerifiedCaller { Subject = "operator", Roles = Roles.Operator }, [.. cluster.Gateways.Select(gateway => gateway.Address)], new Book());
    }

    public RigCluster Cluster { get; }

    public World World { get; }

    public Probes Probes { get; }

    /// <summary>One before each gateway, on the way of a partner.</summary>
    public IReadOnlyList<CuttingProxy> Proxies { get; }

    public Random Random { get; }

    /// <summary>The cluster's own word on silos and logs.</summary>
    public Task<GetClusterStatusResponse> StatusAsync(CancellationToken cancellationToken) =>
        _operator.CallAsync(_operator.Connection.Clusters.GetClusterStatusAsync, new GetClusterStatusRequest(), cancellationToken);

    /// <summary>A silo that holds logs, so that its loss is one; its number, and which logs.</summary>
    /// <exception cref="FaultException">None does.</exception>
    public async Task<(int Silo, IReadOnlyList<LogStatus> Logs)> AnyBusySiloAsync(CancellationToken cancellationToken)
    {
        var status = await StatusAsync(cancellationToken);
        var busy = status.Silos.Where(silo => silo.State == SiloState.Active && silo.ActiveLogCount > 0).ToList();
        if (busy.Count == 0) throw new FaultException("No silo holds a log: nothing would be lost with it.");
        var chosen = busy[Random.Next(busy.Count)];
        var number = Array.FindIndex(Cluster.Silos, silo => silo.Name == chosen.Name);
        if (number < 0) throw new FaultException($"The silo {chosen.Name} is none of the rig's.");
        return (number, [.. status.Logs.Where(log => log.Silo == chosen.Address)]);
    }

    /// <summary>Of some logs, how many have been taken over since.</summary>
    public async Task<int> TakenOverSinceAsync(IEnumerable<LogStatus> before, CancellationToken cancellationToken)
    {
        var now = (await StatusAsync(cancellationToken)).Logs.ToDictionary(log => log.Name, log => log.Fence);
        return before.Count(log => now[log.Name] > log.Fence);
    }

    public void Dispose() => _operator.Dispose();
}
