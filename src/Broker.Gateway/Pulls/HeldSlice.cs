using Broker.Grains.Pulls;

namespace Broker.Gateway.Pulls;

/// <summary>A slice that this gateway may send, while its lease runs.</summary>
internal sealed class HeldSlice(PartitionPuller puller, SliceGrant grant, long expiresAt)
{
    private long _expiresAt = expiresAt;
    private volatile bool _isRevoked;

    public PartitionPuller Puller { get; } = puller;

    public SliceGrant Grant { get; } = grant;

    /// <summary>Monotonic timestamp at which the lease runs out.</summary>
    public long ExpiresAt => Volatile.Read(ref _expiresAt);

    /// <summary>Whether any message of it was handed to the transport.</summary>
    public bool WasWritten { get; set; }

    /// <summary>Whether a message may begin now.</summary>
    public bool MaySend(long now) => !_isRevoked && now < ExpiresAt;

    public void Renew(long expiresAt) => Volatile.Write(ref _expiresAt, expiresAt);

    public void Revoke() => _isRevoked = true;
}
