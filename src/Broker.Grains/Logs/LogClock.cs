namespace Broker.Grains.Logs;

/// <summary>A log's time: the store's clock, carried on by the monotonic clock between appends, never backwards.</summary>
internal sealed class LogClock(TimeProvider time)
{
    private DateTimeOffset _anchor;
    private long _anchoredAt;
    private DateTimeOffset _last = DateTimeOffset.UnixEpoch;

    /// <summary>Takes the store's clock, which was read just now.</summary>
    public void Anchor(DateTimeOffset storeTime)
    {
        _anchor = storeTime;
        _anchoredAt = time.GetTimestamp();
    }

    /// <summary>The log has an entry of this time: nothing earlier comes after it.</summary>
    public void NotBefore(DateTimeOffset decidedAt)
    {
        if (decidedAt > _last) _last = decidedAt;
    }

    /// <summary>Now, in whole microseconds as it stands on disk; at or after every earlier answer.</summary>
    public DateTimeOffset Now()
    {
        var now = _anchor + time.GetElapsedTime(_anchoredAt);
        NotBefore(LogChain.FromUnixMicroseconds(LogChain.ToUnixMicroseconds(now)));
        return _last;
    }
}
