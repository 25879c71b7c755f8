namespace Broker.Gateway.Tests.Pulls;

/// <summary>A number that grows, and those who wait for it.</summary>
internal sealed class Reached
{
    private readonly Lock _lock = new();
    private readonly List<(int Count, TaskCompletionSource Done)> _waiting = [];

    public int Count { get; private set; }

    public void Add(int more = 1)
    {
        lock (_lock)
        {
            Count += more;
            foreach (var (_, done) in _waiting.Where(waiting => waiting.Count <= Count)) done.TrySetResult();
            _waiting.RemoveAll(waiting => waiting.Count <= Count);
        }
    }

    public Task When(int count)
    {
        lock (_lock)
        {
            if (Count >= count) return Task.CompletedTask;
            var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _waiting.Add((count, done));
            return done.Task;
        }
    }
}
