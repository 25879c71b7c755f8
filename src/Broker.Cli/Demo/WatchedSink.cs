using System.Collections.Concurrent;
using Broker.Client.Pulls;
using Record = Broker.Protos.V1.Record;

namespace Broker.Cli.Demo;

/// <summary>A partner's files, and a count of whose records came.</summary>
internal sealed class WatchedSink(ISliceSink files) : ISliceSink
{
    private readonly ConcurrentDictionary<(string Author, Protos.V1.RecordKind Kind), long> _counts = new();

    /// <summary>Called after a slice was kept.</summary>
    public Action<ReceivedSlice>? Kept { get; set; }

    public IReadOnlyCollection<SliceId> Held => files.Held;

    /// <summary>Records by author and kind.</summary>
    public IReadOnlyDictionary<(string Author, Protos.V1.RecordKind Kind), long> Counts => _counts;

    public bool Holds(SliceId slice) => files.Holds(slice);

    public string ReleaseOf(SliceId slice) => files.ReleaseOf(slice);

    public Task SetAsideAsync(IReadOnlyCollection<SliceId> slices, CancellationToken cancellationToken) => files.SetAsideAsync(slices, cancellationToken);

    public long CountOf(string author) => _counts.Where(entry => entry.Key.Author == author).Sum(entry => entry.Value);

    public async Task KeepAsync(ReceivedSlice slice, CancellationToken cancellationToken)
    {
        await files.KeepAsync(slice, cancellationToken);
        foreach (var record in RecordsOf(slice)) _counts.AddOrUpdate((record.Author, record.Kind), 1, static (_, count) => count + 1);
        Kept?.Invoke(slice);
    }

    public static IEnumerable<Record> RecordsOf(ReceivedSlice slice) => slice.Batches.SelectMany(batch => batch.Records);
}
