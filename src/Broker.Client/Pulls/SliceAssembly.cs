using Broker.Protos.V1;

namespace Broker.Client.Pulls;

/// <summary>Puts the messages of one stream together to slices, and refuses what is late, out of order or not what its digest says.</summary>
/// <remarks>Pure: time comes in as an argument. Of each partition at most one slice is open.</remarks>
internal sealed class SliceAssembly : IDisposable
{
    private readonly Dictionary<int, OpenSlice> _open = [];

    /// <summary>The stream's header; null before it came.</summary>
    public PullHeader? Header { get; private set; }

    /// <summary>The stream's summary; null before it came.</summary>
    public PullSummary? Summary { get; private set; }

    /// <summary>Takes a message.</summary>
    /// <param name="message">The message.</param>
    /// <param name="elapsed">How long after the request was sent it arrived.</param>
    /// <returns>The slice that it completes, or null.</returns>
    /// <exception cref="RefusedSliceException">It must not be taken.</exception>
    public ReceivedSlice? Take(PullResponse message, TimeSpan elapsed)
    {
        if (Summary is not null) throw Disorder(default, "A message came after the summary.");
        if (Header is null != (message.MessageCase == PullResponse.MessageOneofCase.Header)) throw Disorder(default, "A stream begins with its header, and has one.");
        switch (message.MessageCase)
        {
            case PullResponse.MessageOneofCase.Header: Header = message.Header; return null;
            case PullResponse.MessageOneofCase.SliceBegin: Begin(message.SliceBegin, elapsed); return null;
            case PullResponse.MessageOneofCase.RecordBatch: Add(message.RecordBatch, elapsed); return null;
            case PullResponse.MessageOneofCase.SliceEnd: return End(message.SliceEnd, elapsed);
            case PullResponse.MessageOneofCase.Summary: Summary = message.Summary; return null;
            case PullResponse.MessageOneofCase.Heartbeat: return null;
            default: throw Disorder(default, "A message of a kind that this client does not know.");
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var slice in _open.Values) slice.Dispose();
    }

    // A slice that begins again replaces what came of it before.
    private void Begin(SliceBegin begin, TimeSpan elapsed)
    {
        RequireInTime(new(begin.Partition, begin.Round, begin.Slice), begin.DeadlineOffsetMs, elapsed);
        if (_open.Remove(begin.Partition, out var unfinished)) unfinished.Dispose();
        _open.Add(begin.Partition, new OpenSlice(begin));
    }

    private void Add(RecordBatch batch, TimeSpan elapsed)
    {
        var id = new SliceId(batch.Partition, batch.Round, batch.Slice);
        RequireInTime(id, batch.DeadlineOffsetMs, elapsed);
        Opened(id).Add(batch);
    }

    private ReceivedSlice End(SliceEnd end, TimeSpan elapsed)
    {
        var id = new SliceId(end.Partition, end.Round, end.Slice);
        RequireInTime(id, end.DeadlineOffsetMs, elapsed);
        using var open = Opened(id);
        _open.Remove(end.Partition);
        return open.Digest.Equals(end.Digest.Span)
            ? open.Whole()
            : throw new RefusedSliceException(id, isLate: false, $"The records of {id} are not those that its digest names.");
    }

    private OpenSlice Opened(SliceId id) =>
        _open.TryGetValue(id.Partition, out var open) && open.Id == id ? open : throw Disorder(id, $"A message of {id}, which is not open.");

    private static void RequireInTime(SliceId id, long deadlineOffsetMs, TimeSpan elapsed)
    {
        if (elapsed.TotalMilliseconds > deadlineOffsetMs)
            throw new RefusedSliceException(id, isLate: true, $"A message of {id} came {elapsed.TotalMilliseconds - deadlineOffsetMs:F0} ms after its deadline.");
    }

    private static RefusedSliceException Disorder(SliceId id, string message) => new(id, isLate: false, message);

    private sealed class OpenSlice(SliceBegin begin) : IDisposable
    {
        private readonly List<RecordBatch> _batches = [];

        public SliceId Id { get; } = new(begin.Partition, begin.Round, begin.Slice);

        public SliceDigest Digest { get; } = new();

        public void Add(RecordBatch batch)
        {
            foreach (var record in batch.Records) Digest.Add(record.Id);
            _batches.Add(batch);
        }

        public ReceivedSlice Whole() => new(Id, begin.Resend, begin.ContractVersion, begin.Position, begin.Amounts ?? new(), _batches)
        {
            Release = Convert.ToHexStringLower(begin.Release.Span),
        };

        public void Dispose() => Digest.Dispose();
    }
}
