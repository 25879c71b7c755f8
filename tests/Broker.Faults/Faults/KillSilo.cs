using Broker.Faults.Rig;

namespace Broker.Faults.Faults;

/// <summary>A silo is killed (SIGKILL), and started again.</summary>
internal sealed class KillSilo : IFault
{
    public string Name => "kill a silo";

    public async Task<FaultReport> RunAsync(Scene scene, CancellationToken cancellationToken)
    {
        var (silo, logs) = await scene.AnyBusySiloAsync(cancellationToken);
        var began = Ticks.Now;
        await scene.Cluster.Silos[silo].KillAsync();
        await scene.Probes.AllAnsweredSinceAsync(Ticks.Now, TimeSpan.FromMinutes(2), cancellationToken);
        var takenOver = await scene.TakenOverSinceAsync(logs, cancellationToken);
        if (takenOver == 0) throw new FaultException($"silo-{silo} died with {logs.Count} logs, and none was taken over.");
        await scene.Cluster.StartSiloAsync(silo, cancellationToken);
        return new FaultReport(began, Ticks.Now, $"silo-{silo} died with {logs.Count} logs; {takenOver} were taken over");
    }
}
