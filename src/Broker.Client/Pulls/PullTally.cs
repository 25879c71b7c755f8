using Broker.Protos.V1;

namespace Broker.Client.Pulls;

/// <summary>Counts what a session brings. The stream's reader and the sink's writer count at the same time.</summary>
internal sealed class PullTally
{
    private readonly Lock _gate = new();
    private readonly HashSet<SliceId> _charged = [];
    private readonly HashSet<int> _partitions = [];
    private readonly SortedDictionary<int, PartitionProgress> _progress = [];
    private Amounts _chargedTotal = new();
    private Amounts _chargedSinceUsage = new();
    private Usage _usage = new();
    private Amounts? _postedBefore;
    private int _slices, _repeated, _lost, _late, _breaks, _partitionCount, _heartbeats;
    private bool _isCaughtUp;
    private long _records, _bytes;

    /// <summary>Signs of life so far: slices kept, and heartbeats.</summary>
    public int Steps
    {
        get
        {
            lock (_gate) return _slices + _heartbeats;
        }
    }

    /// <summary>How far each partition is that said so.</summary>
    public IReadOnlyList<PartitionProgress> Progress
    {
        get
        {
            lock (_gate) return [.. _progress.Values];
        }
    }

    /// <summary>The usage as it stood before a stream was opened: what is charged from now on is added to it.</summary>
    public void Start(Usage usage)
    {
        lock (_gate)
        {
            (_usage, _chargedSinceUsage) = (usage, new Amounts());
            _postedBefore ??= usage.Posted ?? new Amounts();
        }
    }

    /// <summary>What was charged from the first usage to this one.</summary>
    public Amounts ChargedUntil(Usage usage)
    {
        lock (_gate) return Sum(usage.Posted ?? new Amounts(), _postedBefore ?? new Amounts(), sign: -1);
    }

    public void See(PullResponse message)
    {
        lock (_gate)
        {
            if (message.Header is { } header) (_partitionCount, _isCaughtUp) = (header.Partitions.Count, false);
            if (message.SliceBegin is not null) _isCaughtUp = false;
            if (message.Heartbeat is { } heartbeat) See(heartbeat);
            if (message.SliceBegin is { Resend: 0 } begin && _charged.Add(new(begin.Partition, begin.Round, begin.Slice))) Charge(begin.Amounts ?? new());
        }
    }

    public void Keep(ReceivedSlice slice)
    {
        lock (_gate)
        {
            _slices++;
            _records += slice.RecordCount;
            _bytes += slice.Amounts.ByteCount;
            _partitions.Add(slice.Id.Partition);
        }
    }

    public void Repeat()
    {
        lock (_gate) _repeated++;
    }

    public void Lose(int slices)
    {
        lock (_gate) _lost += slices;
    }

    public void Break(bool isLate)
    {
        lock (_gate)
        {
            _breaks++;
            _isCaughtUp = false;
            if (isLate) _late++;
        }
    }

    public PullProgress Snapshot()
    {
        lock (_gate)
        {
            var limits = _usage.Limits.Select(limit => LimitProgress.Of(limit, _chargedSinceUsage)).ToList();
            return new(_slices, _records, _bytes, _repeated, _late, _breaks, _partitions.Count, _partitionCount, _chargedTotal.Clone(), _usage.CurrencyCode, limits, _isCaughtUp) { LostSlices = _lost };
        }
    }

    private void See(PullHeartbeat heartbeat)
    {
        _heartbeats++;
        _isCaughtUp = heartbeat.IsCaughtUp;
        foreach (var progress in heartbeat.Partitions) _progress[progress.Partition] = progress;
    }

    private void Charge(Amounts amounts)
    {
        _chargedTotal = Sum(_chargedTotal, amounts);
        _chargedSinceUsage = Sum(_chargedSinceUsage, amounts);
    }

    private static Amounts Sum(Amounts left, Amounts right, int sign = 1) => new()
    {
        RecordCount = left.RecordCount + (sign * right.RecordCount),
        ByteCount = left.ByteCount + (sign * right.ByteCount),
        TokenCount = left.TokenCount + (sign * right.TokenCount),
        MoneyMicros = left.MoneyMicros + (sign * right.MoneyMicros),
    };
}
