namespace Broker.Grains.Wakers;

/// <summary>Wakes the logs of a cluster, from one place. Key: <see cref="Key"/>.</summary>
public interface ILogWakerGrain : IGrainWithStringKey
{
    /// <summary>The one grain's key.</summary>
    const string Key = "logs";

    /// <summary>Wakes every log now and then, also after this silo is gone: registered with the cluster's reminders.</summary>
    /// <param name="period">From 1 min.</param>
    Task StartAsync(TimeSpan period);
}
