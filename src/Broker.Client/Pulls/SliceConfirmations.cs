using Broker.Protos.V1;

namespace Broker.Client.Pulls;

/// <summary>What is kept, or was refused as late, and the broker has not been told yet.</summary>
internal sealed class SliceConfirmations(BrokerConnection connection, string deal, PullOptions options)
{
    private const int RangesMax = 1_000; // of one request
    private const int RangeLengthMax = 100; // so that a request names no more slices than a gateway looks at in one

    private readonly HashSet<SliceId> _kept = [];
    private readonly HashSet<SliceId> _late = [];
    private long _oldest;

    /// <summary>Adds a slice that is durable.</summary>
    public void Add(SliceId slice)
    {
        if (_kept.Count == 0) _oldest = connection.Time.GetTimestamp();
        _kept.Add(slice);
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
        var kept = SliceRanges.Of(_kept, RangeLengthMax);
        var late = SliceRanges.Of(_late, RangeLengthMax);
        for (var from = 0; from < kept.Count || from < late.Count; from += RangesMax)
        {
            var request = new ConfirmSlicesRequest { Deal = deal, RequestId = connection.NewId() };
            request.Slices.Add(kept.Skip(from).Take(RangesMax));
            request.LateSlices.Add(late.Skip(from).Take(RangesMax));
            await connection.CallAsync(connection.Pulls.ConfirmSlicesAsync, request, cancellationToken);
        }

        _kept.Clear();
        _late.Clear();
    }
}
