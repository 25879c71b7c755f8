using System.Collections.Concurrent;
using Broker.Client.Pulls;
using Record = Broker.Protos.V1.Record;

namespace Broker.EndToEnd.Client;

/// <summary>Keeps slices in memory, and lets the test look and wait.</summary>
internal sealed class MemorySink(params SliceId[] held) : ISliceSink
{
    private readonly ConcurrentDictionary<SliceId, ReceivedSlice?> _slices = new(held.Select(slice => KeyValuePair.Create(slice, (ReceivedSlice?)null)));

    /// <summary>Runs before a slice counts as kept.</summary>
    public Func<ReceivedSlice, Task> OnKeep { get; init; } = _ => Task.CompletedTask;

    /// <summary>The slices in the order in which they were kept.</summary>
    public ConcurrentQueue<ReceivedSlice> Kept { get; } = [];

    public IReadOnlyCollection<SliceId> Held => [.. _slices.Keys];

    public IEnumerable<string> Ids => Kept.SelectMany(slice => slice.Batches).SelectMany(batch => batch.Records).Select(record => record.Id);

    public bool Holds(SliceId slice) => _slices.ContainsKey(slice);

    /// <summary>The slices in the order in which they were set aside.</summary>
    public ConcurrentQueue<SliceId> SetAside { get; } = [];

    public string ReleaseOf(SliceId slice) => _slices.GetValueOrDefault(slice)?.Release ?? "";

    public Task SetAsideAsync(IReadOnlyCollection<SliceId> slices, CancellationToken cancellationToken)
    {
        foreach (var slice in slices)
        {
            Assert.True(_slices.TryRemove(slice, out _), $"{slice} was set aside and is not held.");
            SetAside.Enqueue(slice);
        }

        return Task.CompletedTask;
    }

    public async Task KeepAsync(ReceivedSlice slice, CancellationToken cancellationToken)
    {
        await OnKeep(slice);
        Assert.True(_slices.TryAdd(slice.Id, slice), $"{slice.Id} was kept twice.");
        Kept.Enqueue(slice);
    }

    public static IEnumerable<string> IdsOf(IEnumerable<Record> records) => records.Select(record => record.Id);
}
