namespace Broker.Faults.Load;

/// <summary>The mixed load: users grant and withdraw, the platform imports, the business team suspends and resumes, everybody at once.</summary>
/// <param name="world">Who and what there is.</param>
/// <param name="seed">Of every choice.</param>
internal sealed class Workload(World world, int seed) : IAsyncDisposable
{
    private const int Deciders = 4;
    private static readonly TimeSpan DecisionPace = TimeSpan.FromMilliseconds(150);
    private static readonly TimeSpan ImportPace = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan StopPace = TimeSpan.FromSeconds(3);

    private readonly CancellationTokenSource _stop = new();
    private readonly List<Task> _actors = [];

    /// <summary>Starts all.</summary>
    public void Start()
    {
        for (var decider = 0; decider < Deciders; decider++) _actors.Add(RunAsync(DecisionPace, DecideAsync(decider)));
        _actors.Add(RunAsync(ImportPace, () => world.ImportSomeAsync(CancellationToken.None)));
        var isSuspended = false;
        _actors.Add(RunAsync(StopPace, () => world.StopAsync(world.Deals.Stopping, isSuspended = !isSuspended, CancellationToken.None)));
    }

    /// <summary>Begins nothing more and waits until what is under way was answered: then every outcome is known.</summary>
    /// <exception cref="TimeoutException">The cluster does not answer any more.</exception>
    public async Task DrainAsync(TimeSpan within)
    {
        await _stop.CancelAsync();
        await Task.WhenAll(_actors).WaitAsync(within);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _stop.Dispose();
    }

    // Each decider has users of its own: one user's decisions never overlap, so the book's order is theirs.
    private Func<Task> DecideAsync(int decider)
    {
        var random = new Random(seed + decider);
        var isGranted = Enumerable.Repeat(true, World.Users).ToArray();
        return async () =>
        {
            var user = (random.Next(World.Users / Deciders) * Deciders) + decider;
            await world.DecideAsync(World.UserName(user), isGranted[user] = !isGranted[user], CancellationToken.None);
        };
    }

    private async Task RunAsync(TimeSpan pace, Func<Task> act)
    {
        using var timer = new PeriodicTimer(pace);
        while (!_stop.IsCancellationRequested)
        {
            await act();
            try
            {
                await timer.WaitForNextTickAsync(_stop.Token);
            }
            catch (OperationCanceledException) when (_stop.IsCancellationRequested)
            {
                return;
            }
        }
    }
}
