using Microsoft.Extensions.Time.Testing;

namespace Broker.Gateway.Tests.Pulls;

/// <summary>A clock that only the test moves, and that says when somebody begins to wait.</summary>
internal sealed class WatchedTime() : FakeTimeProvider(DateTimeOffset.UtcNow)
{
    private readonly Lock _lock = new();
    private readonly List<(TimeSpan Due, TaskCompletionSource Set)> _awaited = [];

    /// <summary>Done when somebody has begun to wait for this long, from now on.</summary>
    public Task NextTimer(TimeSpan due)
    {
        var set = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_lock) _awaited.Add((due, set));
        return set.Task;
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = base.CreateTimer(callback, state, dueTime, period);
        lock (_lock)
        {
            foreach (var (_, set) in _awaited.Where(awaited => awaited.Due == dueTime)) set.TrySetResult();
            _awaited.RemoveAll(awaited => awaited.Due == dueTime);
        }

        return timer;
    }
}
