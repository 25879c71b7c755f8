using Broker.Faults.Rig;

namespace Broker.Faults.Faults;

/// <summary>PostgreSQL is killed (SIGKILL to all of it), stays away for some seconds, and recovers.</summary>
internal sealed class KillPostgres : IFault
{
    public string Name => "kill PostgreSQL";

    public async Task<FaultReport> RunAsync(Scene scene, CancellationToken cancellationToken)
    {
        var away = TimeSpan.FromMilliseconds(scene.Random.Next(500, 4_000));
        var began = Ticks.Now;
        await scene.Cluster.Postgres.KillAsync();
        await Waiting.PassAsync(away, cancellationToken);
        await scene.Cluster.Postgres.StartAgainAsync();
        var ready = Ticks.Now;
        await scene.Probes.AllAnsweredSinceAsync(Ticks.Now, TimeSpan.FromMinutes(3), cancellationToken);
        return new FaultReport(began, Ticks.Now, $"PostgreSQL took nobody for {Ticks.Between(began, ready).TotalSeconds:F1} s: it was dead for {away.TotalSeconds:F1} s, then recovered");
    }
}
