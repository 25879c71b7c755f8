using Broker.Storage.Objects;
using Broker.Storage.Segments;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Broker.Hosting.Segments;

/// <summary>Lets go of segments whose objects are deleted: after a merge their bytes must not live on in a node's copies, or in a file that only this
/// process still has open.</summary>
internal sealed partial class DeletedSegments(SegmentStore store, TimeProvider time, ILogger<DeletedSegments> logger) : BackgroundService
{
    private static readonly TimeSpan Period = TimeSpan.FromMinutes(10);

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Period, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken)) await LookAsync(stoppingToken);
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The node stops.
        }
    }

    private async Task LookAsync(CancellationToken cancellationToken)
    {
        try
        {
            if (await store.ForgetDeletedAsync(cancellationToken) is > 0 and var forgotten) Forgotten(logger, forgotten);
        }
        catch (ObjectStoreException failure)
        {
            NotAsked(logger, failure);
        }
    }

    [LoggerMessage(EventId = 4150, Level = LogLevel.Debug, Message = "{Segments} segments that are deleted were let go.")]
    private static partial void Forgotten(ILogger logger, int segments);

    [LoggerMessage(EventId = 4151, Level = LogLevel.Warning, Message = "The object store was not asked which segments are deleted; it is asked again in ten minutes.")]
    private static partial void NotAsked(ILogger logger, Exception exception);
}
