namespace Broker.Client;

/// <summary>Repeats what may be repeated.</summary>
internal sealed class RetryPolicy(RetryOptions options, TimeProvider time, Random random)
{
    private readonly Lock _random = new(); // a seeded Random is not safe across threads

    /// <summary>Runs an attempt until it succeeds, fails for good, or there were enough.</summary>
    /// <param name="attempt">One try.</param>
    /// <param name="isRepeated">Whether this error is worth another try.</param>
    /// <param name="cancellationToken">Ends the waiting too.</param>
    /// <exception cref="BrokerException">The last error.</exception>
    public async Task<T> RunAsync<T>(Func<Task<T>> attempt, Func<BrokerException, bool> isRepeated, CancellationToken cancellationToken)
    {
        for (var failures = 1; ; failures++)
        {
            try
            {
                return await attempt();
            }
            catch (BrokerException error) when (isRepeated(error) && DelayAfter(error, failures) is { } delay)
            {
                await Task.Delay(delay, time, cancellationToken);
            }
        }
    }

    /// <summary>How long to wait after so many failures in a row; null to give up.</summary>
    public TimeSpan? DelayAfter(BrokerException error, int failures)
    {
        if (failures >= options.AttemptsMax || error.RetryDelay > options.AskedDelayMax) return null;
        var own = Math.Min(options.DelayMax.TotalMilliseconds, options.FirstDelay.TotalMilliseconds * Math.Pow(2, failures - 1));
        return (error.RetryDelay ?? TimeSpan.Zero) + TimeSpan.FromMilliseconds(own * (1 - (0.5 * NextDouble())));
    }

    /// <summary>Waits after so many failures in a row, or throws the error when there were enough.</summary>
    public Task WaitAsync(BrokerException error, int failures, CancellationToken cancellationToken) =>
        DelayAfter(error, failures) is { } delay ? Task.Delay(delay, time, cancellationToken) : throw error;

    private double NextDouble()
    {
        lock (_random) return random.NextDouble();
    }
}
