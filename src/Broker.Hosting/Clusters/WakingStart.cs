using Broker.Grains.Wakers;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Broker.Hosting.Clusters;

/// <summary>Registers, at each silo's start, the one reminder that wakes the logs.</summary>
internal sealed partial class WakingStart(IGrainFactory grains, ClusterNodeOptions node, TimeProvider time, ILogger<WakingStart> logger) : BackgroundService
{
    private static readonly TimeSpan RetryDelay = TimeSpan.FromSeconds(5);

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await grains.GetGrain<ILogWakerGrain>(ILogWakerGrain.Key).StartAsync(TimeSpan.FromSeconds(node.WakePeriodSeconds));
                return;
            }
            catch (Exception failure) when (failure is not OperationCanceledException)
            {
                NotStarted(logger, failure);
            }

            await Task.Delay(RetryDelay, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    [LoggerMessage(EventId = 4103, Level = LogLevel.Warning, Message = "The reminder that wakes the logs could not be registered; it is tried again.")]
    private static partial void NotStarted(ILogger logger, Exception failure);
}
