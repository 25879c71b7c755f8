using Broker.Grains.Deals;
using Broker.Grains.Logs;
using Broker.Grains.Partitions;
using Microsoft.Extensions.Logging;

namespace Broker.Grains.Wakers;

/// <summary>Wakes every log: a notice that has run, a deal that ends, a reservation whose partition died and a recall that is overdue are
/// swept by the grain that is awake, whether or not anybody calls.</summary>
/// <param name="logs">Which logs there are.</param>
/// <param name="grains">Their grains.</param>
/// <param name="logger">Names the log that could not be woken.</param>
public sealed partial class LogWaking(ILogStore logs, IGrainFactory grains, ILogger logger)
{
    private const int AtOnceMax = 8;
    private const string PartitionsFolder = "/partitions/";
    private const string DealsFolder = "/deals/";
    private const string PlatformsFolder = "platforms/";

    /// <summary>Wakes them all, a few at a time. One log that cannot be read keeps no other from being swept.</summary>
    public Task WakeAllAsync(CancellationToken cancellationToken) => Parallel.ForEachAsync(
        logs.ListAsync(cancellationToken),
        new ParallelOptions { MaxDegreeOfParallelism = AtOnceMax, CancellationToken = cancellationToken, TaskScheduler = TaskScheduler.Current },
        async (log, _) => await TryWakeAsync(log));

    private async Task TryWakeAsync(LogName log)
    {
        try
        {
            await WakeAsync(log.Value[PlatformsFolder.Length..]);
        }
        catch (Exception failure) when (failure is not OperationCanceledException)
        {
            NotWoken(logger, log, failure); // the next round tries it again
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
