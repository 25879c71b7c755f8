using Broker.Protos.V1;
using Grpc.Core;

namespace Broker.TestKit.Nodes;

/// <summary>What one raw pull brought: whole slices only, and how it ended. Not the client package: a stranger's client.</summary>
public sealed class PulledStream
{
    private readonly Dictionary<int, (SliceBegin Begin, List<Record> Records)> _open = [];

    /// <summary>The header, once it came.</summary>
    public PullHeader? Header { get; private set; }

    /// <summary>How many slices have begun, whole ones included.</summary>
    public int Begun => Slices.Count + _open.Count;

    /// <summary>How many slices have begun and not ended.</summary>
    public int Open => _open.Count;

    /// <summary>Whole slices, in the order in which they ended.</summary>
    public List<PulledSlice> Slices { get; } = [];

    /// <summary>The summary, or null where the stream ended otherwise.</summary>
    public PullSummary? Summary { get; private set; }

    /// <summary>The last heartbeat, or null.</summary>
    public PullHeartbeat? Heartbeat { get; private set; }

    /// <summary>The records of whole slices.</summary>
    public IEnumerable<Record> Records => Slices.SelectMany(slice => slice.Records);

    /// <summary>Reads a stream to its end.</summary>
    /// <param name="call">The call.</param>
    /// <param name="onMessage">Told of each message before it counts.</param>
    public static async Task<PulledStream> ReadAsync(AsyncServerStreamingCall<PullResponse> call, Action<PullResponse>? onMessage = null)
    {
        var pulled = new PulledStream();
        await foreach (var message in call.ResponseStream.ReadAllAsync())
        {
            onMessage?.Invoke(message);
            pulled.Take(message);
        }

        return pulled;
    }

    /// <summary>Reads on until it is enough; false where the stream ended before.</summary>
    /// <param name="call">The call.</param>
    /// <param name="isEnough">Asked after each message.</param>
    public async Task<bool> ReadOnAsync(AsyncServerStreamingCall<PullResponse> call, Func<PulledStream, bool> isEnough)
    {
        while (await call.ResponseStream.MoveNext(CancellationToken.None))
        {
            Take(call.ResponseStream.Current);
            if (isEnough(this)) return true;
        }

        return false;
    }

    /// <summary>Takes one message.</summary>
    public void Take(PullResponse message)
    {
        switch (message.MessageCase)
        {
            case PullResponse.MessageOneofCase.Header:
                Header = message.Header;
                break;
            case PullResponse.MessageOneofCase.SliceBegin:
                _open[message.SliceBegin.Partition] = (message.SliceBegin, []);
                break;
            case PullResponse.MessageOneofCase.RecordBatch:
                _open[message.RecordBatch.Partition].Records.AddRange(message.RecordBatch.Records);
                break;
            case PullResponse.MessageOneofCase.SliceEnd:
                _open.Remove(message.SliceEnd.Partition, out var slice);
                Slices.Add(new PulledSlice(slice.Begin, slice.Records));
                break;
            case PullResponse.MessageOneofCase.Heartbeat:
                Heartbeat = message.Heartbeat;
                break;
            case PullResponse.MessageOneofCase.Summary:
                Summary = message.Summary;
                break;
            default:
                throw new InvalidOperationException($"An unknown message: {message}.");
        }
    }

    /// <summary>The ranges of the whole slices, one each.</summary>
    public IEnumerable<SliceRange> Ranges() => Slices.Select(slice => slice.Range);
}

/// <summary>A slice that came whole.</summary>
public sealed record PulledSlice(SliceBegin Begin, IReadOnlyList<Record> Records)
{
    /// <summary>Its range.</summary>
    public SliceRange Range => new() { Partition = Begin.Partition, Round = Begin.Round, FirstSlice = Begin.Slice, LastSlice = Begin.Slice };
}
