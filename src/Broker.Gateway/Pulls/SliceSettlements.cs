using Broker.Grains.Partitions;
using Broker.Grains.Pulls;

namespace Broker.Gateway.Pulls;

/// <summary>Tells a partition what became of slices: while one call is under way, those that are settled meanwhile gather for the next.</summary>
internal sealed class SliceSettlements(IPartitionGrain partition, int index, PullContext pull)
{
    private readonly Lock _lock = new();
    private List<(SentSlice Slice, Action Done)> _waiting = [];
    private Task _telling = Task.CompletedTask;

    /// <summary>Settles a slice; <paramref name="done"/> is called once when the partition knows, or cannot be told.</summary>
    public void Add(HeldSlice slice, Action done)
    {
        lock (_lock)
        {
            _waiting.Add((new SentSlice(slice.Grant.Slice, slice.WasWritten), done));
            if (_telling.IsCompleted) _telling = Task.Run(TellAllAsync);
        }
    }

    /// <summary>Done when everything that was added is told.</summary>
    public Task FlushAsync()
    {
        lock (_lock) return _telling;
    }

    private async Task TellAllAsync()
    {
        while (true)
        {
            List<(SentSlice Slice, Action Done)> batch;
            lock (_lock)
            {
                if (_waiting.Count == 0)
                {
                    _telling = Task.CompletedTask;
                    return;
                }

                (batch, _waiting) = (_waiting, []);
            }

            await TellAsync(batch);
        }
    }

    private async Task TellAsync(List<(SentSlice Slice, Action Done)> batch)
    {
        try
        {
            await partition.SettleSentAsync(pull.Deal.Deal, pull.StreamId, batch.Select(entry => entry.Slice).ToArray());
        }
        catch (Exception failure) when (failure is not OutOfMemoryException)
        {
            // Its leases run out by themselves, and what the client has not confirmed comes again.
            PullLog.SettleFailed(pull.Logger, pull.Deal.ToString(), index, batch.Count, failure);
        }

        foreach (var (_, done) in batch) done();
    }
}
