using System.Collections.Concurrent;
using Broker.Client.Pulls;

namespace Broker.EndToEnd.Processes;

/// <summary>A partner's disk, in memory: this process is the one that is not killed.</summary>
internal sealed class MemorySink : ISliceSink
{
    private readonly ConcurrentDictionary<SliceId, ReceivedSlice> _slices = new();

    public IReadOnlyCollection<SliceId> Held => [.. _slices.Keys];

    /// <summary>Called after a slice was kept.</summary>
    public Action<ReceivedSlice>? Kept { get; set; }

    /// <summary>The ids of all records, one for each time that it was kept.</summary>
    public IReadOnlyList<string> RecordIds => [.. _slices.Values.SelectMany(slice => slice.Batches).SelectMany(batch => batch.Records).Select(record => record.Id)];

    public bool Holds(SliceId slice) => _slices.ContainsKey(slice);

    // No log is restored under it: each slice is the only one of its name.
    public string ReleaseOf(SliceId slice) => "";

    public Task SetAsideAsync(IReadOnlyCollection<SliceId> slices, CancellationToken cancellationToken) =>
        throw new InvalidOperationException($"The broker has lost {slices.Count} slices that were confirmed, the first {slices.First()}.");

    public Task KeepAsync(ReceivedSlice slice, CancellationToken cancellationToken)
    {
        if (!_slices.TryAdd(slice.Id, slice)) throw new InvalidOperationException($"{slice.Id} is held already.");
        Kept?.Invoke(slice);
        return Task.CompletedTask;
    }
}
