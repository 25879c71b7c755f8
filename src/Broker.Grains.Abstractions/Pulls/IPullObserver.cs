namespace Broker.Grains.Pulls;

/// <summary>A gateway's stream, told early that leases were revoked, so that a withdrawal need not wait for them to run out; and that there may be
/// more, so that a stream that follows need not ask. Each is a hint that may be lost: nothing rests on it.</summary>
public interface IPullObserver : IGrainObserver
{
    /// <summary>The slice may not be sent any further.</summary>
    void Revoked(int partition, SliceName slice);

    /// <summary>Something happened after which there may be more for a stream that was told that there is nothing. Said once; who asks in
    /// vain is told again.</summary>
    void MayHaveMore(int partition);
}
