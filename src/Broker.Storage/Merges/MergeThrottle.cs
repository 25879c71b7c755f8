namespace Broker.Storage.Merges;

/// <summary>Bounds the bytes that a node's merges read and write in a second: who has taken more than its share waits.</summary>
/// <param name="time">The clock.</param>
/// <param name="bytesPerSecond">The bound, 1 or more.</param>
/// <remarks>What was not used in a second is lost: after a pause a merge takes no more at once than that.</remarks>
internal sealed class MergeThrottle(TimeProvider time, long bytesPerSecond)
{
    private readonly Lock _gate = new();
    private double _left = bytesPerSecond;
    private long _at = time.GetTimestamp();

    /// <summary>Takes bytes; done when they may be read or written.</summary>
    public Task TakeAsync(long bytes, CancellationToken cancellationToken)
    {
        var wait = Take(bytes);
        return wait > TimeSpan.Zero ? Task.Delay(wait, time, cancellationToken) : Task.CompletedTask;
    }

    private TimeSpan Take(long bytes)
    {
        lock (_gate)
        {
            var now = time.GetTimestamp();
            _left = Math.Min(bytesPerSecond, _left + time.GetElapsedTime(_at, now).TotalSeconds * bytesPerSecond) - bytes;
            _at = now;
            return _left >= 0 ? TimeSpan.Zero : TimeSpan.FromSeconds(-_left / bytesPerSecond);
        }
    }
}
