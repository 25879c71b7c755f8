using Broker.Domain;
using Broker.Grains.Partitions;

namespace Broker.Gateway.Consents;

/// <summary>Takes the rows of an import into their partitions: in the file's order in each partition, so that of two rows of one user the later one comes later, and all
/// partitions beside each other. What gathers while a partition writes goes into its next call together.</summary>
/// <param name="call">Takes rows into a partition; done when they are durable there.</param>
/// <param name="count">Told of each row's outcome; never twice at once.</param>
internal sealed class ConsentIntake(Func<int, IReadOnlyList<ConsentRow>, Task<IReadOnlyList<Refusal?>>> call, Action<long, Refusal?> count)
{
    /// <summary>Most rows of one call.</summary>
    public const int CallMax = 1_000;

    /// <summary>Most rows that are not durable yet: beyond, the stream is not read on.</summary>
    public const int WaitingMax = 8 * CallMax;

    private readonly Lock _gate = new();
    private readonly Dictionary<int, Queue<(long Number, ConsentRow Row)>> _waiting = [];
    private readonly HashSet<Task> _calls = [];
    private TaskCompletionSource _progress = NewProgress();
    private int _rows;

    /// <summary>Takes more rows; done when there is room for others.</summary>
    /// <exception cref="Exception">A call failed: nothing more is to be taken.</exception>
    public async Task AddAsync(IEnumerable<(int Partition, long Number, ConsentRow Row)> rows)
    {
        lock (_gate)
        {
            foreach (var (partition, number, row) in rows)
            {
                if (!_waiting.TryGetValue(partition, out var queue))
                {
                    _waiting.Add(partition, queue = []);
                    _calls.Add(Task.Run(() => DrainAsync(partition, queue)));
                }

                queue.Enqueue((number, row));
                _rows++;
            }
        }

        while (Full() is { } progress)
        {
            await Task.WhenAny([progress, .. Calls()]);
            ThrowIfAnyFailed();
        }

        ThrowIfAnyFailed();
    }

    /// <summary>Done when everything that was taken is durable.</summary>
    /// <exception cref="Exception">A call failed.</exception>
    public async Task CompleteAsync()
    {
        while (Calls() is { Count: > 0 } calls) await Task.WhenAll(calls);
    }

    /// <summary>What is done when the next call is, while there is no room; else null.</summary>
    private Task? Full()
    {
        lock (_gate) return _rows > WaitingMax ? _progress.Task : null;
    }

    private void ThrowIfAnyFailed()
    {
        foreach (var failed in Calls().Where(static task => task.IsFaulted)) failed.GetAwaiter().GetResult();
    }

    private List<Task> Calls()
    {
        lock (_gate)
        {
            _calls.RemoveWhere(static task => task.IsCompletedSuccessfully);
            return [.. _calls];
        }
    }

    private static TaskCompletionSource NewProgress() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private async Task DrainAsync(int partition, Queue<(long Number, ConsentRow Row)> queue)
    {
        while (Next(partition, queue) is { Count: > 0 } rows)
        {
            var results = await call(partition, [.. rows.Select(entry => entry.Row)]);
            lock (_gate)
            {
                _rows -= rows.Count;
                for (var index = 0; index < rows.Count; index++) count(rows[index].Number, results[index]);
                _progress.SetResult();
                _progress = NewProgress();
            }
        }
    }

    /// <summary>The next rows of a partition; where there are none its calls end, and others begin with the next row.</summary>
    private List<(long Number, ConsentRow Row)> Next(int partition, Queue<(long Number, ConsentRow Row)> queue)
    {
        lock (_gate)
        {
            var rows = new List<(long Number, ConsentRow Row)>();
            while (rows.Count < CallMax && queue.TryDequeue(out var row)) rows.Add(row);
            if (rows.Count == 0) _waiting.Remove(partition);
            return rows;
        }
    }
}
