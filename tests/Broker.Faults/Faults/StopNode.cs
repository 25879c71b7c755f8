using Broker.Faults.Rig;

namespace Broker.Faults.Faults;

/// <summary>A silo, or a gateway, is told to end (SIGTERM) as a scheduler does: it drains and leaves in time; then it comes again.</summary>
internal sealed class StopNode(bool isSilo) : IFault
{
    private static readonly TimeSpan LeaveTime = TimeSpan.FromSeconds(60);

    public string Name => isSilo ? "stop a silo (SIGTERM)" : "stop a gateway (SIGTERM)";

    public async Task<FaultReport> RunAsync(Scene scene, CancellationToken cancellationToken)
    {
        var nodes = isSilo ? scene.Cluster.Silos : scene.Cluster.Gateways;
        var number = scene.Random.Next(nodes.Length);
        var process = nodes[number].Process;
        var began = Ticks.Now;
        Signals.Terminate(process);
        await process.WaitForExitAsync(cancellationToken);
        var took = Ticks.Between(began, Ticks.Now);
        if (took > LeaveTime) throw new FaultException($"{nodes[number].Name} took {took.TotalSeconds:F1} s to leave.");
        if (process.ExitCode != 0) throw new FaultException($"{nodes[number].Name} ended with {process.ExitCode}: {nodes[number].Said}");
        await scene.Probes.AllAnsweredSinceAsync(Ticks.Now, TimeSpan.FromMinutes(2), cancellationToken);
        if (isSilo) await scene.Cluster.StartSiloAsync(number, cancellationToken);
        else await scene.Cluster.StartGatewayAsync(number, cancellationToken);
        return new FaultReport(began, Ticks.Now, $"{nodes[number].Name} left in {took.TotalSeconds:F1} s");
    }
}
