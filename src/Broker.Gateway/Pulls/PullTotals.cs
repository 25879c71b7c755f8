using Broker.Domain;
using Broker.Grains.Pulls;
using Broker.Protos.V1;
using Grpc.Core;

namespace Broker.Gateway.Pulls;

/// <summary>What a stream sent, and why each partition ended.</summary>
internal sealed class PullTotals
{
    private readonly Lock _lock = new();
    private readonly SortedDictionary<int, PartitionProgress> _progress = [];
    private readonly SortedSet<int> _news = [];
    private readonly Amounts _sent = new();
    private readonly Amounts _charged = new();
    private Refusal? _ended;
    private RpcException? _broken;

    /// <summary>Why a partition could not be read to its end while the others were, or null: the stream ends with it and has no summary.</summary>
    public RpcException? Broken => Volatile.Read(ref _broken);

    /// <summary>A partition could not be read to its end; of several the first is told.</summary>
    public void Break(RpcException broken) => Interlocked.CompareExchange(ref _broken, broken, null);

    public int Slices { get; private set; }

    /// <summary>The refusal that ended a partition's pull (a full quota, a deal that is not active), or null.</summary>
    public Refusal? Ended
    {
        get
        {
            lock (_lock) return _ended;
        }
    }

    public void Sent(SliceGrant grant)
    {
        lock (_lock)
        {
            Slices++;
            Add(_sent, grant);
            if (grant.Resend == 0) Add(_charged, grant);
        }
    }

    public void Finished(int partition, RoundProgress progress)
    {
        lock (_lock)
        {
            _progress[partition] = new PartitionProgress { Partition = partition, Round = progress.Round, IsFinished = true, CoveredPosition = progress.CoveredPosition };
            _news.Add(partition);
        }
    }

    /// <summary>How far the partitions are whose round was finished since this was last asked.</summary>
    public IReadOnlyList<PartitionProgress> TakeNews()
    {
        lock (_lock)
        {
            var news = _news.Select(partition => _progress[partition]).ToList();
            _news.Clear();
            return news;
        }
    }

    /// <summary>A partition's pull ended before it was finished.</summary>
    /// <param name="partition">The partition's index.</param>
    /// <param name="refusal">Why.</param>
    /// <param name="progress">How far its rounds are; null where the partition did not say.</param>
    public void EndedBy(int partition, Refusal refusal, RoundProgress? progress)
    {
        lock (_lock)
        {
            // That the deal is not active any more says more than that its quota is full.
            if (_ended is null || refusal.Reason == RefusalReason.DealNotActive) _ended = refusal;
            if (progress is { } open) _progress[partition] = new PartitionProgress { Partition = partition, Round = open.Round, CoveredPosition = open.CoveredPosition };
        }
    }

    public PullSummary ToSummary()
    {
        lock (_lock)
        {
            return new PullSummary
            {
                Reason = _ended?.Reason switch
                {
                    null => PullEndReason.Finished,
                    RefusalReason.QuotaExceeded => PullEndReason.QuotaExceeded,
                    RefusalReason.FollowNotAllowed => PullEndReason.FollowNotAllowed,
                    _ => PullEndReason.DealNotActive,
                },
                SliceCount = Slices,
                Sent = _sent,
                Charged = _charged,
                ExhaustedLimit = _ended?.Limit ?? "",
                Partitions = { _progress.Values },
            };
        }
    }

    private static void Add(Amounts amounts, SliceGrant grant)
    {
        amounts.RecordCount += grant.Records;
        amounts.ByteCount += grant.Bytes;
        amounts.TokenCount += grant.Tokens;
        amounts.MoneyMicros += grant.MoneyMicros;
    }
}
