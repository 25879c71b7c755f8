using Broker.Protos.V1;
using Google.Protobuf;

namespace Broker.Client.Pulls;

/// <summary>What is kept, or was refused as late, and the broker has not been told yet.</summary>
/// <param name="connection">The broker.</param>
/// <param name="deal">The deal.</param>
/// <param name="options">When it is told.</param>
/// <param name="lose">Told of slices that the broker does not know any more; not called with none.</param>
internal sealed class SliceConfirmations(
    BrokerConnection connection, string deal, PullOptions options, Func<IReadOnlyCollection<SliceId>, CancellationToken, Task> lose)
{
    private const int RangesMax = 1_000; // of one request
    private const int RangeLengthMax = 100; // so that a request names no more slices than a gateway looks at in one

    private readonly Dictionary<SliceId, string> _kept = [];
    private readonly HashSet<SliceId> _late = [];
    private long _oldest;

    /// <summary>Adds a slice that is durable, of a release as <see cref="ReceivedSlice.Release"/> says.</summary>
    public void Add(SliceId slice, string release)
    {
        if (_kept.Count == 0) _oldest = connection.Time.GetTimestamp();
        _kept[slice] = release;
    }

    /// <summary>Adds a slice of which a message came later than its deadline.</summary>
    public void AddLate(SliceId slice) => _late.Add(slice);

    /// <summary>Confirms once there is enough, or it has waited long enough.</summary>
    public Task FlushIfDueAsync(CancellationToken cancellationToken) =>
        _kept.Count >= options.UnconfirmedMax || (_kept.Count > 0 && connection.Time.GetElapsedTime(_oldest) >= options.UnconfirmedAgeMax)
            ? FlushAsync(cancellationToken)
            : Task.CompletedTask;

    /// <summary>Tells the broker everything. What it was not told for sure is told again at the next flush.</summary>
    public async Task FlushAsync(CancellationToken cancellationToken)
    {
        var kept = SliceRanges.Of(_kept.Keys, RangeLengthMax);
        var late = SliceRanges.Of(_late, RangeLengthMax);
        var lost = new List<SliceId>();
        for (var from = 0; from < kept.Count || from < late.Count; from += RangesMax)
        {
            var request = new ConfirmSlicesRequest { Deal = deal, RequestId = connection.NewId() };
            request.Slices.Add(kept.Skip(from).Take(RangesMax));
            request.LateSlices.Add(late.Skip(from).Take(RangesMax));
            request.Releases.Add(request.Slices.SelectMany(SliceRanges.Slices).Select(slice => ByteString.CopyFrom(Convert.FromHexString(_kept[slice]))));
            lost.AddRange((await connection.CallAsync(connection.Pulls.ConfirmSlicesAsync, request, cancellationToken)).Lost.SelectMany(SliceRanges.Slices));
        }

        _kept.Clear();
        _late.Clear();
        if (lost.Count > 0) await lose(lost, cancellationToken);
    }
}
