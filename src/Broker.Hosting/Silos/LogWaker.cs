using Broker.Grains.Deals;
using Broker.Grains.Logs;
using Broker.Grains.Partitions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Broker.Hosting.Silos;

/// <summary>Wakes every log at the start and from time to time: a notice that has run, a deal that ends, a reservation whose
/// partition died and a recall that is overdue are swept by the grain that is awake, whether or not anybody calls.</summary>
internal sealed partial class LogWaker(ILogStore logs, IGrainFactory grains, IOptions<NodeOptions> options, TimeProvider time, ILogger<LogWaker> logger)
    : BackgroundService
{
    private const string PartitionsFolder = "/partitions/";
    private const string DealsFolder = "/deals/";
    private const string PlatformsFolder = "platforms/";

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(options.Value.WakePeriodSeconds), time);
        try
        {
            do
            {
                await foreach (var log in logs.ListAsync(stoppingToken)) await TryWakeAsync(log);
            }
            while (await timer.WaitForNextTickAsync(stoppingToken));
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The node stops.
        }
    }

    private async Task TryWakeAsync(LogName log)
    {
        try
        {
            await WakeAsync(log.Value[PlatformsFolder.Length..]);
        }
        catch (Exception failure) when (failure is not OperationCanceledException)
        {
            // One log that cannot be read keeps no other from being swept; the next round tries it again.
            NotWoken(logger, log, failure);
        }
    }

    private Task WakeAsync(string name)
    {
        if (Split(name, PartitionsFolder) is (var platform, var index)) return grains.GetGrain<IPartitionGrain>($"{platform}/{index}").GetStatusAsync();
        return Split(name, DealsFolder) is (var owner, var deal) ? grains.GetGrain<IDealGrain>($"{owner}/{deal}").GetAsync() : Task.CompletedTask;
    }

    private static (string Before, string After)? Split(string name, string folder)
    {
        var at = name.IndexOf(folder, StringComparison.Ordinal);
        return at < 0 ? null : (name[..at], name[(at + folder.Length)..]);
    }

    [LoggerMessage(EventId = 4001, Level = LogLevel.Error, Message = "Log {Log} could not be woken: what is due in it waits.")]
    private static partial void NotWoken(ILogger logger, LogName log, Exception failure);
}
