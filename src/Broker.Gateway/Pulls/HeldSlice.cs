using Broker.Grains.Pulls;

namespace Broker.Gateway.Pulls;

/// <summary>A slice that this gateway may send, while its lease runs. It is begun by its sender or dropped, never both.</summary>
internal sealed class HeldSlice(PartitionPuller puller, SliceGrant grant, long expiresAt)
{
    private const int Waiting = 0;
    private const int Begun = 1;
    private const int Dropped = 2;

    private long _expiresAt = expiresAt;
    private int _state = Waiting;
    private volatile bool _isRevoked;

    public PartitionPuller Puller { get; } = puller;

    public SliceGrant Grant { get; } = grant;

    /// <summary>Monotonic timestamp at which the lease runs out.</summary>
    public long ExpiresAt => Volatile.Read(ref _expiresAt);

    /// <summary>Whether any message of it was handed to the transport.</summary>
    public bool WasWritten => Volatile.Read(ref _state) == Begun;

    /// <summary>Whether its last message was handed to the transport.</summary>
    public bool IsWhole { get; set; }

    /// <summary>Whether a message may begin now.</summary>
    public bool MaySend(long now) => !_isRevoked && now < ExpiresAt;

    /// <summary>Called before each message; false where the slice was dropped meanwhile.</summary>
    public bool TryBegin() => Interlocked.CompareExchange(ref _state, Begun, Waiting) != Dropped;

    public void Renew(long expiresAt) => Volatile.Write(ref _expiresAt, expiresAt);

    /// <summary>Stops what is not sent; true where nothing was, and nothing will be.</summary>
    public bool Revoke()
    {
        _isRevoked = true;
        return Interlocked.CompareExchange(ref _state, Dropped, Waiting) == Waiting;
    }
}
