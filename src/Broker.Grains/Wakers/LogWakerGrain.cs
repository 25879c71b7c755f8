using Broker.Grains.Logs;
using Microsoft.Extensions.Logging;

namespace Broker.Grains.Wakers;

/// <summary>A reminder only wakes: what is due stands in the logs, and is swept by the grain that is awake.</summary>
internal sealed class LogWakerGrain(ILogStore logs, ILogger<LogWakerGrain> logger) : Grain, ILogWakerGrain, IRemindable
{
    private const string Reminder = "wake";

    public async Task StartAsync(TimeSpan period) => await this.RegisterOrUpdateReminder(Reminder, TimeSpan.Zero, period);

    public Task ReceiveReminder(string reminderName, TickStatus status) =>
        new LogWaking(logs, GrainFactory, logger).WakeAllAsync(CancellationToken.None);
}
