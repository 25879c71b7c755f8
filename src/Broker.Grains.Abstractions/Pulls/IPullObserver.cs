namespace Broker.Grains.Pulls;

/// <summary>A gateway's stream, told early that leases were revoked; so that a withdrawal need not wait for them to run out.</summary>
public interface IPullObserver : IGrainObserver
{
    /// <summary>The slice may not be sent any further.</summary>
    void Revoked(int partition, SliceName slice);
}
