using Broker.Faults.Rig;

namespace Broker.Faults.Faults;

/// <summary>A silo is stopped (SIGSTOP) for a while and goes on (SIGCONT), with whatever it held in mid-turn.</summary>
internal sealed class PauseSilo(TimeSpan span) : IFault
{
    // Far longer than a cluster takes to notice: the logs live elsewhere by then.
    private static readonly TimeSpan Noticed = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan NoticeTime = TimeSpan.FromSeconds(20);

    public string Name => $"pause a silo {span.TotalSeconds:F0} s";

    public async Task<FaultReport> RunAsync(Scene scene, CancellationToken cancellationToken)
    {
        var (silo, logs) = await scene.AnyBusySiloAsync(cancellationToken);
        var process = scene.Cluster.Silos[silo].Process;
        var began = Ticks.Now;
        Signals.Pause(process);
        await Waiting.UntilAsync(() => Signals.IsPaused(process), TimeSpan.FromSeconds(10), "The stop of a silo", cancellationToken);
        await Waiting.PassAsync(span - Ticks.Between(began, Ticks.Now), cancellationToken);
        Signals.Resume(process);
        var resumed = Ticks.Now;
        await scene.Probes.AllAnsweredSinceAsync(Ticks.Now, TimeSpan.FromMinutes(2), cancellationToken);
        var takenOver = await scene.TakenOverSinceAsync(logs, cancellationToken);
        if (span >= Noticed && takenOver == 0) throw new FaultException($"silo-{silo} stood still for {span} with {logs.Count} logs, and none was taken over.");
        var end = await EndOrStayAsync(process, cancellationToken);
        if (end is not null) await scene.Cluster.StartSiloAsync(silo, cancellationToken);
        return new FaultReport(
            began,
            Ticks.Now,
            $"silo-{silo} stood still for {Ticks.Between(began, resumed).TotalSeconds:F1} s with {logs.Count} logs; {takenOver} were taken over; it {end ?? "went on"}");
    }

    // A silo that was declared dead finds that out and ends; one that was not goes on.
    private static async Task<string?> EndOrStayAsync(System.Diagnostics.Process process, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(NoticeTime);
        try
        {
            await process.WaitForExitAsync(limit.Token);
            return "ended itself";
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return null;
        }
    }
}
