namespace Broker.Faults.Rig;

/// <summary>Waits for what another process does.</summary>
internal static class Waiting
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(20);

    /// <summary>Looks until it is so.</summary>
    /// <exception cref="TimeoutException">It did not become so.</exception>
    public static async Task UntilAsync(Func<bool> isSo, TimeSpan within, string what, CancellationToken cancellationToken)
    {
        var end = Ticks.After(Ticks.Now, within);
        using var timer = new PeriodicTimer(LookEvery);
        while (!isSo())
        {
            if (Ticks.Now > end) throw new TimeoutException($"{what} did not happen within {within}.");
            await timer.WaitForNextTickAsync(cancellationToken);
        }
    }

    /// <summary>Lets the cluster go on for a while: load flows, a fault lasts.</summary>
    public static async Task PassAsync(TimeSpan span, CancellationToken cancellationToken)
    {
        if (span <= TimeSpan.Zero) return;
        using var timer = new PeriodicTimer(span);
        await timer.WaitForNextTickAsync(cancellationToken);
    }
}
