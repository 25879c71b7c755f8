using Broker.Faults.Rig;

namespace Broker.Faults.Faults;

/// <summary>A gateway is killed when a random byte of what it sends to a partner has passed; the partner goes on at another.</summary>
internal sealed class KillGateway : IFault
{
    private const int BytesMax = 60_000;
    private static readonly TimeSpan HappensWithin = TimeSpan.FromMinutes(2);

    public string Name => "kill a gateway at a random byte";

    public async Task<FaultReport> RunAsync(Scene scene, CancellationToken cancellationToken)
    {
        var bytes = scene.Random.Next(1, BytesMax);
        var (began, killed) = (0L, -1);
        for (var gateway = 0; gateway < scene.Proxies.Count; gateway++)
        {
            var number = gateway;
            scene.Proxies[gateway].After(bytes, () =>
            {
                if (Interlocked.CompareExchange(ref killed, number, -1) != -1) return;
                scene.Cluster.Gateways[number].Process.Kill();
                Volatile.Write(ref began, Ticks.Now);
            });
        }

        // What is new to pull brings the bytes.
        var limit = Ticks.After(Ticks.Now, HappensWithin);
        while (Volatile.Read(ref began) == 0)
        {
            if (Ticks.Now > limit) throw new FaultException($"{bytes} bytes did not pass to a partner within {HappensWithin}.");
            await scene.World.ImportSomeAsync(cancellationToken);
            await Waiting.PassAsync(TimeSpan.FromMilliseconds(100), cancellationToken);
        }

        foreach (var proxy in scene.Proxies) proxy.Never();
        await scene.Cluster.Gateways[killed].KillAsync();
        await scene.Probes.AllAnsweredSinceAsync(Ticks.Now, TimeSpan.FromMinutes(2), cancellationToken);
        await scene.Cluster.StartGatewayAsync(killed, cancellationToken);
        return new FaultReport(began, Ticks.Now, $"gateway-{killed} died when byte {bytes} had passed to a partner");
    }
}
