namespace Broker.Client;

/// <summary>How often and how patiently calls are repeated.</summary>
public sealed record RetryOptions
{
    /// <summary>Tries of one call, the first included; of a pull, tries in a row that brought nothing.</summary>
    /// <value>1 to 100. Default 8: with the default delays about half a minute.</value>
    public int AttemptsMax { get; init; } = 8;

    /// <summary>The delay after the first failure; it doubles with each further one. A random half of it is taken off, so that
    /// clients that failed together do not come back together.</summary>
    /// <value>1 ms to 1 minute. Default 200 ms.</value>
    public TimeSpan FirstDelay { get; init; } = TimeSpan.FromMilliseconds(200);

    /// <summary>The longest delay of our own.</summary>
    /// <value>At least <see cref="FirstDelay"/>, at most 10 minutes. Default 10 s.</value>
    public TimeSpan DelayMax { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>The longest delay that the broker may ask for; when it asks for more, the error is passed on at once with
    /// <see cref="BrokerException.RetryDelay"/>.</summary>
    /// <value>0 to 1 day. Default 1 minute.</value>
    public TimeSpan AskedDelayMax { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>Throws where a value is out of its range.</summary>
    internal void Check()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(AttemptsMax, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(AttemptsMax, 100);
        ArgumentOutOfRangeException.ThrowIfLessThan(FirstDelay, TimeSpan.FromMilliseconds(1));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(FirstDelay, TimeSpan.FromMinutes(1));
        ArgumentOutOfRangeException.ThrowIfLessThan(DelayMax, FirstDelay);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(DelayMax, TimeSpan.FromMinutes(10));
        ArgumentOutOfRangeException.ThrowIfLessThan(AskedDelayMax, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(AskedDelayMax, TimeSpan.FromDays(1));
    }
}
