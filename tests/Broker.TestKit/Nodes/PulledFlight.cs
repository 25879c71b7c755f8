using Apache.Arrow;
using Apache.Arrow.Flight;
using Apache.Arrow.Flight.Client;
using Broker.Domain.Releases;
using Broker.Protos.V1;
using Record = Broker.Protos.V1.Record;
using RecordBatch = Apache.Arrow.RecordBatch;

namespace Broker.TestKit.Nodes;

/// <summary>What flights brought to the stock client: whole slices only, each checked against its digest, and how each stream ended.</summary>
public sealed class PulledFlight
{
    private readonly Dictionary<int, List<Record>> _open = [];

    /// <summary>The headers, one a stream.</summary>
    public List<FlightMetadata> Headers { get; } = [];

    /// <summary>Every message's metadata after the headers.</summary>
    public List<FlightMetadata> Messages { get; } = [];

    /// <summary>Whole slices, in the order in which they ended.</summary>
    public List<PulledFlightSlice> Slices { get; } = [];

    /// <summary>The summaries, one a stream that ended well.</summary>
    public List<PullSummary> Summaries { get; } = [];

    /// <summary>The columns of the last stream.</summary>
    public IReadOnlyList<string> Columns { get; private set; } = [];

    /// <summary>The records of whole slices.</summary>
    public IEnumerable<Record> Records => Slices.SelectMany(slice => slice.Records);

    /// <summary>What was charged, in records.</summary>
    public long Charged => Summaries.Sum(summary => summary.Charged.RecordCount);

    /// <summary>The ranges of the whole slices, one each.</summary>
    public IEnumerable<SliceRange> Ranges() => Slices.Select(slice => slice.Range);

    /// <summary>Reads a stream to its end.</summary>
    /// <param name="call">The call.</param>
    /// <param name="onMessage">Told of each message before it counts.</param>
    public async Task ReadAsync(FlightRecordBatchStreamingCall call, Action<FlightMetadata>? onMessage = null)
    {
        Columns = [.. (await call.ResponseStream.Schema).FieldsList.Select(field => field.Name)];
        Headers.Add(MetadataOf(call.ResponseStream));
        _open.Clear();
        while (await call.ResponseStream.MoveNext(CancellationToken.None))
        {
            using var batch = call.ResponseStream.Current;
            var metadata = MetadataOf(call.ResponseStream);
            onMessage?.Invoke(metadata);
            Messages.Add(metadata);
            if (metadata.Summary is { } summary) Summaries.Add(summary);
            else Take(metadata, batch);
        }
    }

    /// <summary>The records of a batch.</summary>
    public static IReadOnlyList<Record> RecordsOf(RecordBatch batch) => [.. Enumerable.Range(0, batch.Length).Select(row => new Record
    {
        Id = Text(batch, "id", row),
        Author = Text(batch, "author", row),
        Kind = (RecordKind)((UInt8Array)batch.Column("kind")).GetValue(row)!.Value,
        CreateTimeMs = ((Int64Array)batch.Column("created_at_ms")).GetValue(row)!.Value,
        Language = Text(batch, "language", row),
        Title = Text(batch, "title", row),
        Text = Text(batch, "text", row),
        TargetId = Text(batch, "target_id", row),
        Licence = Text(batch, "licence", row),
        Attribution = Text(batch, "attribution", row),
    })];

    private void Take(FlightMetadata metadata, RecordBatch batch)
    {
        var slice = metadata.Slice;
        if (slice.FirstRecord == 0 && slice.Amounts is not null) _open[slice.Slice] = [];
        var records = _open[slice.Slice];
        if (records.Count != slice.FirstRecord) throw new InvalidDataException($"{records.Count} records of slice {slice.Slice} came, and now number {slice.FirstRecord}.");
        records.AddRange(RecordsOf(batch));
        if (!slice.IsLast) return;
        using var digest = new SliceDigest();
        foreach (var record in records) digest.Add(record.Id);
        if (!digest.Finish().AsSpan().SequenceEqual(slice.Digest.Span)) throw new InvalidDataException($"Slice {slice.Slice} is not what its digest says.");
        Slices.Add(new PulledFlightSlice(metadata, records));
        _open.Remove(slice.Slice);
    }

    private static FlightMetadata MetadataOf(FlightRecordBatchStreamReader stream) => FlightMetadata.Parser.ParseFrom(stream.ApplicationMetadata[^1]);

    private static string Text(RecordBatch batch, string column, int row) =>
        batch.Schema.FieldsLookup.Contains(column) ? ((StringArray)batch.Column(column)).GetString(row) : "";
}

/// <summary>A slice that came whole.</summary>
/// <param name="Last">The metadata of its last message.</param>
/// <param name="Records">Its records.</param>
public sealed record PulledFlightSlice(FlightMetadata Last, IReadOnlyList<Record> Records)
{
    /// <summary>Its range.</summary>
    public SliceRange Range => new() { Partition = Last.Partition, Round = Last.Slice.Round, FirstSlice = Last.Slice.Slice, LastSlice = Last.Slice.Slice };
}
