using Broker.Grains.Logs;
using Broker.Grains.Wakers;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Broker.Hosting.Silos;

/// <summary>Wakes every log of an embedded node at the start and from time to time; in a cluster a reminder does.</summary>
internal sealed class LogWaker(ILogStore logs, IGrainFactory grains, IOptions<NodeOptions> options, TimeProvider time, ILogger<LogWaker> logger)
    : BackgroundService
{
    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var waking = new LogWaking(logs, grains, logger);
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(options.Value.WakePeriodSeconds), time);
        try
        {
            do await waking.WakeAllAsync(stoppingToken);
            while (await timer.WaitForNextTickAsync(stoppingToken));
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The node stops.
        }
    }
}
