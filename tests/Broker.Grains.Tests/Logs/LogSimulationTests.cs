using CsCheck;
using Xunit.Abstractions;

namespace Broker.Grains.Tests.Logs;

/// <summary>Goal: an acknowledgement is never a lie, whatever the disk does and whoever else holds the log.</summary>
public sealed class LogSimulationTests(ITestOutputHelper output)
{
    [Fact]
    public void What_was_acknowledged_is_on_disk_and_nothing_is_acknowledged_by_a_stale_or_failed_activation()
    {
        var (acknowledged, failed, snapshots) = (0L, 0L, 0L);
        Gen.Int.Sample(
            seed =>
            {
                var world = new LogSimulation(seed).Run(steps: 160);
                Interlocked.Add(ref acknowledged, world.Acknowledged);
                Interlocked.Add(ref failed, world.Failed);
                Interlocked.Add(ref snapshots, world.Snapshots.Count);
            },
            iter: 200);

        output.WriteLine($"{acknowledged} calls were acknowledged, {failed} failed; {snapshots} snapshots were published");
        // The seeds are drawn anew each run: the bounds lie far below what any draw gives (about 8,400, 4,300 and 1,100).
        Assert.True(acknowledged > 1000 && failed > 500 && snapshots > 200);
    }
}
